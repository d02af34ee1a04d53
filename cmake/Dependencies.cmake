# Everything is Debian's binary packages. psql's scanner and the archives that libpq.a stands on are in
# postgresql-server-dev-17; PGE_SERVER_DEV_ROOT names the folder where that package was unpacked
# (Dockerfile); where it is installed it is found too.
set(PGE_SERVER_DEV_ROOT "/opt/server-dev" CACHE PATH "Where postgresql-server-dev was unpacked")
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
find_path(LIBPQ_INCLUDE_DIR libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
find_path(PQEXPBUFFER_INCLUDE_DIR pqexpbuffer.h PATH_SUFFIXES postgresql/internal REQUIRED)
find_library(LIBPQ_STATIC_LIBRARY libpq.a REQUIRED)

# server_dev_library(VARIABLE NAME): an archive of postgresql-server-dev; its major version is libpq's.
set(server_dev_paths ${PGE_SERVER_DEV_ROOT}/usr/lib/postgresql/17/lib /usr/lib/postgresql/17/lib)
function(server_dev_library variable name)
  find_library(${variable} ${name} PATHS ${server_dev_paths} NO_DEFAULT_PATH REQUIRED)
endfunction()
server_dev_library(PGCOMMON_LIBRARY libpgcommon.a)
server_dev_library(PGCOMMON_SHLIB_LIBRARY libpgcommon_shlib.a)
server_dev_library(PGPORT_LIBRARY libpgport.a)
server_dev_library(PGPORT_SHLIB_LIBRARY libpgport_shlib.a)
server_dev_library(PGFEUTILS_LIBRARY libpgfeutils.a)
find_path(PGFEUTILS_INCLUDE_DIR fe_utils/psqlscan.h
          PATHS ${PGE_SERVER_DEV_ROOT}/usr/include/postgresql/17/server /usr/include/postgresql/17/server
          NO_DEFAULT_PATH REQUIRED)

# What libpq and OpenSSL refer to and we do not have, or do not want: each file says why. Whole objects, in front of
# libcrypto.a, so that they win over its own.
set(absent_sources gssapi.c ldap.c)
if(PGE_STATIC)
  list(APPEND absent_sources compression.c)
endif()
list(TRANSFORM absent_sources PREPEND ${PROJECT_SOURCE_DIR}/entrypoint/postgres/absent/)
add_library(pge_absent OBJECT ${absent_sources})
target_link_libraries(pge_absent PRIVATE pge_warnings OpenSSL::Crypto)
# What libpq does slowly: the linker sends its calls to ours. Not part of the link-time optimisation, which does not know
# of --wrap.
add_library(pge_replaced OBJECT ${PROJECT_SOURCE_DIR}/entrypoint/postgres/replaced/salted_password.c)
set_target_properties(pge_replaced PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
target_link_libraries(pge_replaced PRIVATE pge_warnings OpenSSL::Crypto)
add_library(pge_libpq INTERFACE)
target_include_directories(pge_libpq SYSTEM INTERFACE ${LIBPQ_INCLUDE_DIR})
target_link_libraries(pge_libpq INTERFACE
  $<TARGET_OBJECTS:pge_absent> ${LIBPQ_STATIC_LIBRARY} ${PGCOMMON_SHLIB_LIBRARY} ${PGPORT_SHLIB_LIBRARY}
  OpenSSL::SSL OpenSSL::Crypto Threads::Threads m)

# libpq with what is replaced in it. The clients of scripts/bench take it as it is.
add_library(pge_quick_libpq INTERFACE)
target_link_libraries(pge_quick_libpq INTERFACE $<TARGET_OBJECTS:pge_replaced> pge_libpq)
target_link_options(pge_quick_libpq INTERFACE -Wl,--wrap=scram_SaltedPassword)

add_library(pge_pqxx INTERFACE)
target_include_directories(pge_pqxx SYSTEM INTERFACE ${PQXX_INCLUDE_DIR})
target_link_libraries(pge_pqxx INTERFACE ${PQXX_STATIC_LIBRARY} pge_quick_libpq)

# psql's own SQL scanner (psqlscan.o of libpgfeutils). It wants the front-end flavour of common/ (pg_malloc and friends).
add_library(pge_psqlscan INTERFACE)
target_include_directories(pge_psqlscan SYSTEM INTERFACE
  ${LIBPQ_INCLUDE_DIR} ${PQEXPBUFFER_INCLUDE_DIR} ${PGFEUTILS_INCLUDE_DIR})
target_link_libraries(pge_psqlscan INTERFACE
  ${PGFEUTILS_LIBRARY} ${PGCOMMON_LIBRARY} pge_libpq ${PGPORT_LIBRARY})

add_library(pge_spdlog INTERFACE)
target_include_directories(pge_spdlog SYSTEM INTERFACE ${SPDLOG_INCLUDE_DIR})
target_compile_definitions(pge_spdlog INTERFACE SPDLOG_USE_STD_FORMAT)

add_library(pge_tomlplusplus INTERFACE)
target_include_directories(pge_tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})
