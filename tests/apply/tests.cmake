pge_test(apply LABEL unit SOURCES apply/failure_test.cpp apply/lock_retries_test.cpp apply/poolable_test.cpp LINK pge_apply)
