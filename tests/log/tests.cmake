pge_test(log LABEL unit SOURCES log/line_test.cpp log/log_test.cpp LINK pge_log nlohmann_json::nlohmann_json)
