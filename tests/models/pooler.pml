/* Two replicas behind a pooler in transaction mode with two server connections, one with a session of its own, and an
 * application's transactions. Two files. In session mode each client always gets the same server connection, which is one of the
 * choices here.
 *
 * A label of this model, the file below entrypoint/ that it stands for, and a name that must occur there (the tests check):
 *   Begin    run/pooled_turns.cpp         PooledTurns::begin          BEGIN: any server connection that is free
 *   Try      postgres/advisory_lock.cpp   try_for_transaction         the key at transaction level
 *   Look     run/pooled_upgrade.cpp       history.look                by a statement of its own, after the lock
 *   Next     run/sql_upgrade.cpp          SqlUpgrade::carry_out_next  the next file, in this transaction
 *   Commit   run/pooled_turns.cpp         PooledTurns::end            the lock ends with the transaction
 *   Back     run/pooled_turns.cpp         session_.rollback           the lock is somebody else's: ROLLBACK and a pause
 *   Session  postgres/advisory_lock.cpp   AdvisoryLock::try_acquire   the session-level lock of a replica without a pooler
 *   Pin      postgres/advisory_lock.cpp   AdvisoryLock::proof         and its transactions
 *
 * A kill: the pooler closes the server connection in whose transaction the client was, and the server notices late. It commits if
 * it had got the COMMIT, and else rolls back. What is left out: time; statement mode, which refuses BEGIN; lock time-outs; what a
 * file leaves in the session (apply/poolable.cpp and postgres/pooled_state.cpp, tests/scenarios/test_pooler.py).
 *
 * -DKILLS=n
 * Controls:
 * -DSESSION_LOCK                the replicas behind the pooler take the session-level lock
 * -DSNAPSHOT                    the history is read with a snapshot that is older than the lock
 */
#ifndef KILLS
#define KILLS 1
#endif
#define FILES 2
#define NOBODY 255
#define FREE 255
#define DEAD 254          /* in the transaction of a client that is gone */
#define DEAD_COMMIT 253   /* the same, and it had got the COMMIT */
#define OTHERS 200
#define DIRECT 2          /* the server process of the replica without a pooler */

byte user[3] = FREE;      /* of each server process, who has a transaction there */
byte xact_lock = NOBODY;  /* the server process that has the key, by level */
byte session_lock = NOBODY;
byte applied;
byte ran[FILES];
byte busy;
byte kills = KILLS;
byte gone;

#define key_is_free_for(c) ((xact_lock == NOBODY || xact_lock == c) && (session_lock == NOBODY || session_lock == c))
#define somewhere (user[0] == FREE || user[1] == FREE)

inline take_connection(who) {
  if :: user[0] == FREE -> c = 0 :: user[1] == FREE -> c = 1 fi;
  user[c] = who
}
inline end_transaction(at) { if :: xact_lock == at -> xact_lock = NOBODY :: else fi; user[at] = FREE }
inline commit_file() { ran[applied]++; assert(ran[applied] == 1); applied++ }

proctype Pooled(byte me) {
  byte c; byte seen; bool mine;
turn:
  atomic { somewhere -> take_connection(me);                                 /* Begin */
#ifdef SNAPSHOT
    seen = applied
#endif
  };
#ifdef SESSION_LOCK
  atomic { mine = key_is_free_for(c); if :: mine -> session_lock = c :: else fi; user[c] = FREE };
  atomic { somewhere -> take_connection(me) };
#else
  atomic { mine = key_is_free_for(c); if :: mine -> xact_lock = c :: else fi };       /* Try */
#endif
#ifndef SNAPSHOT
  seen = applied;                                                            /* Look */
#endif
  if
  :: atomic { seen == FILES -> end_transaction(c);
#ifdef SESSION_LOCK
       if :: mine -> mine = false; goto unlock :: else fi;
#endif
       goto served }
  :: atomic { seen < FILES && !mine -> end_transaction(c); goto turn }       /* Back */
  :: atomic { seen < FILES && mine -> busy++; assert(busy == 1) }     /* Next */
  fi;
  if
  :: atomic { assert(seen == applied); commit_file(); busy--; end_transaction(c) }     /* Commit */
  :: atomic { kills > 0 -> kills--; if :: user[c] = DEAD :: user[c] = DEAD_COMMIT fi; goto turn }
  fi;
#ifdef SESSION_LOCK
unlock:
  atomic { somewhere -> take_connection(me) };
  atomic { if :: session_lock == c -> session_lock = NOBODY :: else fi; user[c] = FREE };
  if :: applied == FILES -> goto served :: else fi;
#endif
  goto turn;
served:
  atomic { assert(applied == FILES); gone++ }
}

proctype Direct() {
  byte c = DIRECT;
look:
  if
  :: atomic { applied == FILES -> goto served }
  :: atomic { applied < FILES && user[c] == FREE -> skip }
  fi;
  if
  :: atomic { key_is_free_for(c) -> session_lock = c }                       /* Session */
  :: atomic { !key_is_free_for(c) -> goto look }
  fi;
  do
  :: applied == FILES -> break
  :: atomic { applied < FILES -> assert(session_lock == c); xact_lock = c; user[c] = c; busy++; assert(busy == 1) };   /* Pin */
     if
     :: atomic { commit_file(); busy--; end_transaction(c) }
     :: atomic { kills > 0 -> kills--; if :: user[c] = DEAD :: user[c] = DEAD_COMMIT fi; goto look }
     fi
  od;
  atomic { session_lock = NOBODY };
served:
  atomic { assert(applied == FILES); gone++ }
}

/* The server notices that a client is gone. */
proctype Server(byte c) {
end:
  do
  :: atomic { user[c] == DEAD -> busy--; end_transaction(c); if :: c == DIRECT && session_lock == c -> session_lock = NOBODY :: else fi }
  :: atomic { user[c] == DEAD_COMMIT -> commit_file(); busy--; end_transaction(c);
       if :: c == DIRECT && session_lock == c -> session_lock = NOBODY :: else fi }
  od
}

proctype Application() {
  byte c;
end:
  do
  :: atomic { somewhere -> take_connection(OTHERS) }; user[c] = FREE
  od
}

init { atomic { run Server(0); run Server(1); run Server(2); run Application(); run Pooled(0); run Pooled(1); run Direct() } }

/* All start, and no lock is left on a server connection. */
ltl ends { <> [] (gone == 3 && xact_lock == NOBODY && session_lock == NOBODY) }
ltl unlocked { [] (gone == 3 -> (xact_lock == NOBODY && session_lock == NOBODY)) }
