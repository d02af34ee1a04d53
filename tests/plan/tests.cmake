pge_test(plan LABEL unit SOURCES plan/plan_test.cpp LINK pge_plan)
