set(children exit_with die_by report echo_signals every_signal stop_self leave_orphans leave_running)
foreach(child IN LISTS children)
  add_executable(${child} children/${child}.cpp)
  target_link_libraries(${child} PRIVATE pge_warnings)
endforeach()
foreach(early early_signal late_signal)
  add_executable(${early} children/early_signal.cpp)
  target_link_libraries(${early} PRIVATE pge_process pge_warnings)
endforeach()
target_compile_definitions(early_signal PRIVATE PGE_BLOCK_AT_START)
add_executable(supervise_driver process/supervise_driver.cpp)
target_link_libraries(supervise_driver PRIVATE pge_process pge_warnings)

pge_test(process LABEL process
  SOURCES process/harness.cpp process/supervise_test.cpp process/launch_test.cpp process/identity_test.cpp
          process/chown_test.cpp process/healthcheck_test.cpp process/preflight_test.cpp process/memory_limit_test.cpp
          process/oom_kills_test.cpp process/lifeline_test.cpp process/signal_options_test.cpp
          process/healthcheck_scope_test.cpp process/probe_test.cpp
  LINK pge_process)
target_compile_definitions(process_test PRIVATE PGE_TEST_CHILDREN="$<TARGET_FILE_DIR:supervise_driver>")
add_dependencies(process_test supervise_driver early_signal late_signal ${children})
