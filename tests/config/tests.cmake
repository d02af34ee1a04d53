pge_test(config LABEL unit SOURCES config/environment_test.cpp LINK pge_config)
