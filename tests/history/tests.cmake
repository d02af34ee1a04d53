pge_test(history LABEL unit SOURCES history/ddl_test.cpp history/kept_text_test.cpp history/note_test.cpp history/table_name_test.cpp LINK pge_history)
