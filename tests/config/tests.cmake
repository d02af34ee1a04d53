pge_test(config LABEL unit SOURCES config/database_option_test.cpp config/environment_test.cpp config/env_file_test.cpp
                 config/file_env_test.cpp config/placeholder_text_test.cpp config/settle_environment_test.cpp
         LINK pge_config)
