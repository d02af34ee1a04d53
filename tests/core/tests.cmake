pge_test(core LABEL unit SOURCES core/backoff_test.cpp core/duration_test.cpp core/error_test.cpp core/long_wait_test.cpp core/redact_test.cpp
                core/repeat_test.cpp core/stop_test.cpp core/invalid_test.cpp core/sha256_test.cpp core/source_test.cpp core/text_test.cpp core/block_comment_test.cpp
                core/environment_list_test.cpp core/signal_name_test.cpp core/signal_rules_test.cpp core/trace_context_test.cpp core/replace_file_test.cpp core/utf8_test.cpp core/text_survey_test.cpp
         LINK pge_core)
