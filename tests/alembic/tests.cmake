pge_test(alembic LABEL unit
  SOURCES alembic/alembic_command_test.cpp alembic/alembic_config_test.cpp alembic/revision_file_test.cpp
          alembic/revision_graph_test.cpp alembic/version_table_test.cpp
  LINK pge_alembic)
