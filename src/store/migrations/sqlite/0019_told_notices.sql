-- Of a notice that was told its key is all that is asked for later; what it said may have been somebody's words.
UPDATE outbox SET intent = '{}' WHERE state = 'done';
