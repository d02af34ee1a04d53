# libpq and psql's scanner come from scripts/build-libpq (PGE_LIBPQ_ROOT); the rest from the distribution.
set(PGE_LIBPQ_ROOT "/opt/libpq" CACHE PATH "Prefix that scripts/build-libpq filled")
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
set(OPENSSL_USE_STATIC_LIBS ${PGE_STATIC})
find_package(OpenSSL 3 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_path(SPDLOG_INCLUDE_DIR spdlog/spdlog.h REQUIRED)
find_path(PQXX_INCLUDE_DIR pqxx/pqxx REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.hpp REQUIRED)
find_library(PQXX_STATIC_LIBRARY libpqxx.a REQUIRED)

# libpq with what it needs, in link order. Before the system include path, so that no other libpq-fe.h is found.
add_library(pge_libpq INTERFACE)
target_include_directories(pge_libpq BEFORE INTERFACE ${PGE_LIBPQ_ROOT}/include)
target_link_libraries(pge_libpq INTERFACE
  ${PGE_LIBPQ_ROOT}/lib/libpq.a ${PGE_LIBPQ_ROOT}/lib/libpgcommon_shlib.a ${PGE_LIBPQ_ROOT}/lib/libpgport_shlib.a
  OpenSSL::SSL OpenSSL::Crypto Threads::Threads m)

add_library(pge_pqxx INTERFACE)
target_include_directories(pge_pqxx SYSTEM INTERFACE ${PQXX_INCLUDE_DIR})
target_link_libraries(pge_pqxx INTERFACE ${PQXX_STATIC_LIBRARY} pge_libpq)

# psql's own SQL scanner (fe_utils/psqlscan.l).
add_library(pge_psqlscan INTERFACE)
target_include_directories(pge_psqlscan SYSTEM BEFORE INTERFACE ${PGE_LIBPQ_ROOT}/include)
target_link_libraries(pge_psqlscan INTERFACE
  ${PGE_LIBPQ_ROOT}/lib/libpsqlscan.a ${PGE_LIBPQ_ROOT}/lib/libpgcommon.a pge_libpq ${PGE_LIBPQ_ROOT}/lib/libpgport.a)

add_library(pge_spdlog INTERFACE)
target_include_directories(pge_spdlog SYSTEM INTERFACE ${SPDLOG_INCLUDE_DIR})
target_compile_definitions(pge_spdlog INTERFACE SPDLOG_USE_STD_FORMAT)

add_library(pge_tomlplusplus INTERFACE)
target_include_directories(pge_tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})
