INSERT INTO votes VALUES (1, 'a');
