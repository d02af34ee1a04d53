# What is installed, and the Debian package. `cmake --install` and CPack want the targets `completions` and `manual` built
# as well; they are not part of `all`, so that daily builds do not wait for them.
set(PGE_ZSH_COMPLETIONS_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where zsh looks for completions")

find_program(SCDOC scdoc)
if(SCDOC)
  add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/pg-entrypoint.1.gz
    COMMAND ${SCDOC} <${PROJECT_SOURCE_DIR}/docs/pg-entrypoint.1.scd >${PROJECT_BINARY_DIR}/pg-entrypoint.1
    COMMAND gzip -9nkf ${PROJECT_BINARY_DIR}/pg-entrypoint.1
    DEPENDS ${PROJECT_SOURCE_DIR}/docs/pg-entrypoint.1.scd
    COMMENT "Manual page")
  add_custom_target(manual DEPENDS ${PROJECT_BINARY_DIR}/pg-entrypoint.1.gz)
endif()

install(TARGETS pg-entrypoint RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT pkg)
install(FILES ${PROJECT_BINARY_DIR}/pg-entrypoint.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT pkg OPTIONAL)
install(FILES ${PGE_COMPLETIONS_DIR}/pg-entrypoint.bash RENAME pg-entrypoint
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT pkg OPTIONAL)
install(FILES ${PGE_COMPLETIONS_DIR}/_pg-entrypoint DESTINATION ${PGE_ZSH_COMPLETIONS_DIR} COMPONENT pkg OPTIONAL)
install(FILES ${PGE_COMPLETIONS_DIR}/pg-entrypoint.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT pkg OPTIONAL)

# The Debian package. `make_debian_files` (scripts/lib) writes what Debian's policy wants besides.
set(PGE_DEBIAN_FILES "" CACHE PATH "A directory with copyright, changelog.gz and lintian overrides")
if(PGE_DEBIAN_FILES)
  install(FILES ${PGE_DEBIAN_FILES}/copyright ${PGE_DEBIAN_FILES}/changelog.gz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/pg-entrypoint COMPONENT pkg)
  install(FILES ${PGE_DEBIAN_FILES}/overrides RENAME pg-entrypoint
    DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides COMPONENT pkg)
else()
  install(FILES LICENSE THIRD_PARTY_LICENSES.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT pkg OPTIONAL)
endif()

# A pre-release sorts before its release: 0.1.0-rc1 becomes 0.1.0~rc1.
string(REPLACE "-" "~" PGE_DEBIAN_VERSION "${PROJECT_VERSION}${PGE_VERSION_SUFFIX}")
string(REPLACE "x86_64" "amd64" PGE_DEBIAN_ARCHITECTURE "${CMAKE_SYSTEM_PROCESSOR}")
string(REPLACE "aarch64" "arm64" PGE_DEBIAN_ARCHITECTURE "${PGE_DEBIAN_ARCHITECTURE}")
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL OFF)
set(CPACK_COMPONENTS_ALL pkg)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES OFF) # scripts/release strips with the target's tools
set(CPACK_PACKAGE_NAME pg-entrypoint)
set(CPACK_PACKAGE_CONTACT "pg-entrypoint maintainers <maintainers@pg-entrypoint.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "container entrypoint for applications that use PostgreSQL")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "As process 1 of a container it waits for the database, takes an advisory lock,
applies pending SQL migrations (or runs Alembic, Django or another migrator),
and then supervises the application. The binary is static and works in any
image.")
set(CPACK_DEBIAN_PACKAGE_VERSION ${PGE_DEBIAN_VERSION})
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${PGE_DEBIAN_ARCHITECTURE})
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
include(CPack)
