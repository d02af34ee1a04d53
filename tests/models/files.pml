/* Replicas that apply two files in sessions of their own: `T` in one transaction, `S` in three steps without one. The
 * processes are killed, lose their connection or are stopped at any request; the server notices late.
 *
 * A label of this model, the file below entrypoint/ that it stands for, and a name that must occur there (the tests check):
 *   Try      postgres/lock_queue.cpp      LockQueue::try_lock         one try for the session-level lock
 *   Unlock   postgres/advisory_lock.cpp   AdvisoryLock::release       it must have been held
 *   Holds    postgres/advisory_lock.cpp   AdvisoryLock::verify        asks pg_locks
 *   Proof    postgres/advisory_lock.cpp   AdvisoryLock::proof         a transactional file fails on the server without it
 *   Pin      postgres/advisory_lock.cpp   try_pin_to_transaction      the same key at transaction level, before each write
 *   Work     apply/in_pipeline.cpp        run_ahead                   all of a transaction but its COMMIT
 *   Commit   apply/part_transaction.cpp   commit_alone                when every answer is in; `S` cannot go along
 *   FileT    apply/in_pipeline.cpp        frame_of_transaction        proof, row, statements, the row's end
 *   RowS     apply/in_steps.cpp           start_row                   the row `running`, committed by itself
 *   Together apply/in_steps.cpp           together                    a step and its record in one transaction
 *   Note     apply/in_steps.cpp           take_note                   before a step that runs alone; names the session
 *   Alone    apply/in_steps.cpp           apart                       a statement outside any transaction
 *   Build    apply/in_steps.cpp           concurrently                CREATE INDEX CONCURRENTLY, repaired by looking
 *   Mend     apply/repair.cpp             repair_create               valid: done; INVALID: dropped
 *   Record   apply/in_steps.cpp           advance                     polls for the pin, then moves the step
 *   EndS     apply/in_steps.cpp           finish_row                  the row `applied`
 *   Look     run/sql_upgrade.cpp          SqlUpgrade::pending         reads the history
 *   Owned    run/take_turn.cpp            living_worker               a session works that may have given the lock away
 *   Give     run/take_turn.cpp            try_for_turn                the lock is given back to such a session
 *   Doubt    apply/in_steps.cpp           explain_doubt               on-doubt=stop
 *   Served   run/pipeline.cpp             prepare                     the application starts
 *
 * A fault is SIGKILL, the out-of-memory killer or a lost connection, which are the same to the database: the next session looks
 * again; or it is a stop. That a lost session is ended before we go on (run/database.cpp, end_lost_session) is only one of the
 * moments at which the server may notice. What is left out: time; lock time-outs and their retries (nothing of a try is left); errors of the statements themselves; the
 * history table's creation; more than one server (failover.pml). A waiter that leaves and comes back has no session, lock or
 * note in between, so here it stays (waiters.pml). Reads are atomic, and what they have seen may be old when it is used.
 *
 * -DREPLICAS=n -DFAULTS=n       how many of each
 * -DORDER=1                     S before T
 * -DGIVEAWAY=1                  the text of T calls pg_advisory_unlock_all(); 2: step 0 does; 3: step 1 does, in its middle;
 *                               4: step 1 is DISCARD ALL, after which the lock is gone
 * -DSTOP_IN_DOUBT               the directive on-doubt=stop
 * Controls, each without a rule that the code has:
 * -DNO_SECOND_LOOK              what was read before the lock is carried out
 * -DNO_OWNER                    a note of a living session is nobody's
 * -DONE_TRY                     advance gives up when the pin is refused
 * -DNO_PIN                      no transaction-level lock and no proof; with -DFENCED it is allowed to end in exit code 70, and
 *                               the primary key and the compare-and-set must still keep everything from running twice
 * -DNEVER_TWICE                 asks that a step in doubt is never repeated, which only on-doubt=stop promises
 */
#ifndef REPLICAS
#define REPLICAS 2
#endif
#ifndef FAULTS
#define FAULTS 1
#endif
#ifndef GIVEAWAY
#define GIVEAWAY 0
#endif
/* Numbers of sessions are not used again, as a pid with its start is not. A lost lock costs one each time that its step runs. */
#if GIVEAWAY > 0
#define SESSIONS (REPLICAS + FAULTS + FAULTS + 1 + SPARE)
#else
#define SESSIONS (REPLICAS + FAULTS)
#endif
#ifndef SPARE
#define SPARE 0
#endif
#define NOBODY 255

mtype = { nothing, yes, refused, unexpected };                        /* answers */
mtype = { Try, Unlock, Work, Commit, Alone, Build };                  /* requests */
mtype = { FileT, RowS, Together, Note, Record, EndS };                /* what a transaction does */
mtype = { absent, running, applied };                                 /* states of a row */
mtype = { clean, begun };                                             /* notes */
mtype = { none, invalid, valid };                                     /* the index of step 2 */

/* What is committed. */
bool t_applied;
mtype s_row = absent;
byte s_step;
mtype s_note = clean;
byte s_owner = NOBODY;
byte ran[3];
mtype index = none;

/* The key, at both levels. */
byte lock = NOBODY;
byte pin = NOBODY;
byte t_writer = NOBODY;   /* who has inserted the row of T and not committed it */

typedef Session {
  bool open;              /* the server has a process for it */
  bool deserted;          /* the client is gone; the server will notice */
  bool halfway;
  bool worked;            /* the transaction waits for its COMMIT */
  mtype request = nothing;
  mtype does = nothing;
  byte step;
  mtype answer = nothing;
};
Session session[SESSIONS];
byte opened;
byte busy;                /* sessions in the middle of a file's own work */
byte faults = FAULTS;
byte doubts;              /* step 1 was sent, and its record is not known to be committed */
byte finished;
byte serving;

#define my session[me]
#define complete (t_applied && s_row == applied)
#define key_is_free (lock == NOBODY || lock == me) && (pin == NOBODY || pin == me)
#define own_work (my.does == FileT || my.does == Together)
#define as_expected ((my.does == FileT && !t_applied) || (my.does == RowS && s_row == absent) || \
  ((my.does == Note || my.does == Together || my.does == Record) && s_row == running && s_step == my.step) || \
  (my.does == EndS && s_row == running))

inline answer_with(what) { my.request = nothing; my.answer = what }
inline give_away(when) { if :: GIVEAWAY == when && lock == me -> lock = NOBODY :: else fi }
inline begin_work() { if :: own_work -> busy++; assert(busy == 1) :: else fi }
inline end_transaction() {
  if :: own_work && (my.halfway || my.worked) -> busy-- :: else fi;
  if :: pin == me -> pin = NOBODY :: else fi;
  if :: t_writer == me -> t_writer = NOBODY :: else fi;
  my.halfway = false; my.worked = false; my.does = nothing; my.step = 0
}
inline make_true() {
  if
  :: my.does == FileT -> assert(!t_applied); t_applied = true
  :: my.does == RowS -> s_row = running
  :: my.does == Together -> ran[0]++; assert(ran[0] == 1); s_step = 1; s_note = clean; s_owner = NOBODY
  :: my.does == Note -> s_note = begun; s_owner = me
  :: my.does == Record -> s_step = my.step + 1; s_note = clean; s_owner = NOBODY
  :: my.does == EndS -> s_row = applied; s_note = clean; s_owner = NOBODY;
       assert(ran[0] == 1 && ran[1] > 0 && index == valid)              /* no step was skipped */
  fi
}

proctype Backend(byte me) {
end:
  do
  :: atomic { my.request == Try -> if :: key_is_free -> lock = me; answer_with(yes) :: else -> answer_with(refused) fi }
  :: atomic { my.request == Unlock -> if :: lock == me -> lock = NOBODY; answer_with(yes) :: else -> answer_with(refused) fi }
  /* Proof or Pin, then the row; whoever inserts the same key waits for the other transaction's end */
  :: atomic { my.request == Work && !my.halfway && (my.does != FileT || t_writer == NOBODY) ->
       if
#ifndef NO_PIN
       :: !(key_is_free) || (my.does == FileT && lock != me) -> end_transaction(); answer_with(refused)
#endif
       :: else ->
            if
            :: my.does == FileT && !as_expected -> end_transaction(); answer_with(unexpected)
            :: else ->
#ifndef NO_PIN
                 pin = me;
#endif
                 if :: my.does == FileT -> t_writer = me :: else fi;
                 my.halfway = true; begin_work()
            fi
       fi }
  :: atomic { my.request == Work && my.halfway ->
       if
       :: as_expected ->
            if :: my.does == FileT -> give_away(1) :: my.does == Together -> give_away(2) :: else fi;
            my.halfway = false; my.worked = true; answer_with(yes)
       :: else -> end_transaction(); answer_with(unexpected)             /* the compare-and-set has changed no row */
       fi }
  :: atomic { my.request == Commit -> make_true(); end_transaction(); answer_with(yes) }
  :: atomic { my.request == Alone && !my.halfway -> my.halfway = true; busy++; assert(busy == 1); give_away(3) }
  :: atomic { my.request == Alone && my.halfway ->
       ran[1]++;
#ifdef NEVER_TWICE
       assert(ran[1] == 1);
#endif
       assert(ran[1] <= 1 + doubts);
       give_away(4); my.halfway = false; busy--; answer_with(yes) }
  :: atomic { my.request == Build && !my.halfway -> assert(index == none); index = invalid; my.halfway = true; busy++; assert(busy == 1) }
  :: atomic { my.request == Build && my.halfway -> assert(index == invalid); index = valid; ran[2]++; assert(ran[2] == 1);
       my.halfway = false; busy--; answer_with(yes) }
  :: atomic { my.open && my.deserted ->                                    /* noticed: rolled back, and the locks are free */
       if :: (my.request == Alone || my.request == Build) && my.halfway -> busy--; my.halfway = false :: else fi;
       end_transaction();
       if :: lock == me -> lock = NOBODY :: else fi;
       my.request = nothing; my.answer = nothing; my.deserted = false; my.open = false }
  od
}

/* A request and its answer, or a fault. One before the request is the same as one at which the server notices first. */
inline ask(what, about, number) {
  atomic { session[s].does = about; session[s].step = number; session[s].request = what };
  if
  :: atomic { session[s].answer != nothing -> got = session[s].answer; session[s].answer = nothing }
  :: atomic { faults > 0 -> faults--; goto struck }
  fi
}
inline commit() { ask(Commit, session[s].does, session[s].step) }
inline look() { t_seen = t_applied; row = s_row; step = s_step; note = s_note; owner = s_owner }
#ifdef NO_OWNER
#define owned false
#else
#define owned (row == running && note == begun && owner != NOBODY && owner != s && session[owner].open)
#endif

inline record(number) {
  do
  :: ask(Work, Record, number);
     if
     :: got == yes -> break
#ifdef ONE_TRY
     :: got == refused -> goto lost_lock
#else
     :: got == refused
#endif
     :: got == unexpected -> goto wrong
     fi
  od;
  commit()
}

inline file_t() {
  if
  :: !t_seen ->
       ask(Work, FileT, 0); if :: got == refused -> goto lost_lock :: got == unexpected -> goto wrong :: else fi;
       commit()
  :: else
  fi
}

inline file_s() {
  if :: row != applied && lock != s -> goto lost_lock :: else fi;           /* Holds */
  if
  :: row == absent ->
       ask(Work, RowS, 0); if :: got == refused -> goto lost_lock :: got == unexpected -> goto wrong :: else fi;
       commit(); row = running; step = 0; note = clean
  :: else
  fi;
  if
  :: row == running && step == 0 ->
       ask(Work, Together, 0); if :: got == refused -> goto lost_lock :: got == unexpected -> goto wrong :: else fi;
       commit(); step = 1; note = clean
  :: else
  fi;
  if
  :: row == running && step == 1 ->
#ifdef STOP_IN_DOUBT
       if :: note == begun -> goto gave_up :: else fi;                      /* Doubt */
#endif
       if :: lock != s -> goto lost_lock :: else fi;
       ask(Work, Note, 1); if :: got == refused -> goto lost_lock :: got == unexpected -> goto wrong :: else fi;
       commit(); in_doubt = true;
       ask(Alone, nothing, 1);
       record(1); in_doubt = false; step = 2; note = clean
  :: else
  fi;
  if
  :: row == running && step == 2 ->
       if :: lock != s -> goto lost_lock :: else fi;
       if
       :: note == clean ->
            ask(Work, Note, 2); if :: got == refused -> goto lost_lock :: got == unexpected -> goto wrong :: else fi;
            commit()
       :: else ->                                                           /* Mend */
            if :: atomic { index == invalid -> index = none } :: index != invalid fi
       fi;
       if :: index == none -> ask(Build, nothing, 2) :: else fi;
       record(2); step = 3; note = clean
  :: else
  fi;
  if
  :: row == running ->
       ask(Work, EndS, 3); if :: got == refused -> goto lost_lock :: got == unexpected -> goto wrong :: else fi;
       commit(); row = applied
  :: else
  fi
}

proctype Replica() {
  byte s = NOBODY; mtype got = nothing;
  bool t_seen; mtype row = absent; byte step; mtype note = clean; byte owner = NOBODY; bool in_doubt;
again:
  atomic { assert(opened < SESSIONS); s = opened; opened++; session[s].open = true };
  do
  :: atomic { look(); if :: t_seen && row == applied -> goto served :: else fi };      /* Look */
     if
     :: atomic { owned -> skip }                                            /* Owned: a pause, and the next look */
     :: atomic { !(owned) -> skip };
        ask(Try, nothing, 0);
        if
        :: got == yes ->
#ifndef NO_SECOND_LOOK
             atomic { look() };
#endif
             if :: atomic { owned -> skip }; ask(Unlock, nothing, 0); if :: got == yes :: else -> goto lost_lock fi    /* Give */
                :: atomic { !(owned) -> break }
             fi
        :: else
        fi
     fi
  od;
#ifndef ORDER
  file_t(); file_s();
#else
  file_s(); file_t();
#endif
  ask(Unlock, nothing, 0); if :: got == yes :: else -> goto lost_lock fi;
  goto served;

lost_lock:                                                                  /* 76: the session is closed, the container starts again */
#if GIVEAWAY == 0
  assert(false);
#endif
  atomic { session[s].deserted = true; s = NOBODY; got = nothing; goto forget };
wrong:                                                                      /* 70: somebody has written without the lock */
#ifdef FENCED
  atomic { session[s].deserted = true; s = NOBODY; goto forget };
#else
  assert(false);
#endif

struck:
  atomic {
    if :: in_doubt -> doubts++ :: else fi;
    session[s].deserted = true; s = NOBODY;
    if :: skip                                                              /* the container starts again, or a new session */
       :: goto ended                                                        /* a stop */
    fi };
forget:
  atomic { in_doubt = false; got = nothing; t_seen = false; row = absent; step = 0; note = clean; owner = NOBODY; goto again };

gave_up:
  atomic { session[s].deserted = true; goto ended };
served:                                                                     /* Served */
  atomic { assert(complete && ran[0] == 1 && ran[1] > 0 && index == valid); session[s].deserted = true; serving++ };
ended:
  finished++
}

init {
  byte i;
  atomic {
    do :: i < SESSIONS -> run Backend(i); i++ :: else -> break od; i = 0;
    do :: i < REPLICAS -> run Replica(); i++ :: else -> break od
  }
}

/* All come to an end, and the key is free for good. */
ltl ends { <> [] (finished == REPLICAS && lock == NOBODY && pin == NOBODY) }
