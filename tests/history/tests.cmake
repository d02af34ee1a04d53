pge_test(history LABEL unit SOURCES history/note_test.cpp LINK pge_history)
