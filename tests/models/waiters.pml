/* Many replicas, and a server with few connections: a replica that does not get the lock closes its session and comes back. One
 * migrates, by files or by a migrator that needs a connection of its own.
 *
 * A label of this model, the file below entrypoint/ that it stands for, and a name that must occur there (the tests check):
 *   Come     postgres/wait.cpp            DatabaseWait::session       connects; refused (53300): a pause, and again
 *   Look     run/take_turn.cpp            take_turn                   the history, before each try
 *   Try      postgres/lock_queue.cpp      LockQueue::try_lock         one try
 *   Leave    core/long_wait.cpp           LongWait::rest              after TRIES tries without the lock
 *   Again    run/pipeline.cpp             prepare_once                under the lock the history is read once more
 *   Migrator migrator/migrator_run.cpp    run_migrator                needs a connection; refused, it is run again
 *   Unlock   run/pipeline.cpp             release_after               and then the application starts
 *
 * What is left out: time. So a pause is any delay, and none of the time-outs (--wait-timeout, --advisory-lock-timeout) ends a
 * replica; what is proven to come true comes true if they are long enough. The one session that the winner lost is ended by the
 * server sooner or later (files.pml looks closer at what it may do until then).
 *
 * -DREPLICAS=n -DCONNECTIONS=n -DTRIES=n -DCRASHES=n
 * -DPOOL=n                      connections that an application takes for good when it starts
 * -DMIGRATOR                    the work needs a connection beside the session that has the lock
 * Controls:
 * -DHOLD                        a waiter keeps its session
 * -DCOUNTED                     coming back counts as a lost connection, of which there are five
 * -DMIGRATOR_ONCE               a migrator that is refused a connection is not run again
 * -DNO_SECOND_LOOK              under the lock the history is not read again
 */
#ifndef REPLICAS
#define REPLICAS 3
#endif
#ifndef CONNECTIONS
#define CONNECTIONS 2
#endif
#ifndef TRIES
#define TRIES 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef POOL
#define POOL 0
#endif
#define NOBODY 255
#define FULL (used >= CONNECTIONS)

byte used;                /* connections that the server has given out */
byte lock = NOBODY;       /* a replica's number, or that of the session that its dead client has left */
#define ABANDONED 254
bool applied;
byte times;
byte waiting;             /* sessions of replicas that have not got the lock */
byte crashes = CRASHES;
bool may_commit;          /* the abandoned session was in the middle of the work */
byte gone;                /* replicas that have come to an end */
bool served[REPLICAS];

inline work() { assert(!applied); applied = true; times++; assert(times == 1) }

proctype Replica(byte me) {
  byte tries; byte back; bool pending;
come:
  if
  :: atomic { !FULL -> used++; waiting++ }                                  /* Come */
  :: atomic { FULL -> goto come }
  fi;
  tries = 0;
look:
  if                                                                        /* Look */
  :: atomic { applied -> waiting--; used--; goto start }
  :: atomic { !applied -> pending = true }
  fi;
  if
  :: atomic { lock == NOBODY -> lock = me; waiting-- }                      /* Try */
  :: atomic { lock != NOBODY ->
#ifdef HOLD
       goto look
#else
       tries++;
       if
       :: tries < TRIES -> goto look
       :: else -> waiting--; used--;                                        /* Leave */
#ifdef COUNTED
            back++; assert(back <= 5);
#endif
            goto come
       fi
#endif
     }
  fi;
#ifndef NO_SECOND_LOOK
  pending = !applied;                                                       /* Again */
#endif
migrate:
  if
  :: !pending
#ifdef MIGRATOR                                                             /* Migrator */
  :: atomic { pending && !FULL -> used++ }; atomic { work(); used-- }
#ifdef MIGRATOR_ONCE
  :: atomic { pending && FULL -> assert(false) }                            /* exit 76: the Job has failed for good */
#else
  :: atomic { pending && FULL -> goto migrate }
#endif
#else
  :: atomic { pending -> work() }
#endif
  :: atomic { pending && crashes > 0 -> crashes--; lock = ABANDONED; may_commit = true; goto come }
  fi;
  if
  :: atomic { lock == me -> lock = NOBODY; used-- }                         /* Unlock */
  :: atomic { crashes > 0 -> crashes--; lock = ABANDONED; goto come }       /* after the COMMIT, before it is told */
  fi;
start:
  atomic { assert(applied); served[me] = true; gone++; used = used + POOL }
}

/* What a dead client has left: it commits what it was sent, or not, and then the server notices. */
proctype Server() {
end:
  do
  :: atomic { lock == ABANDONED && may_commit -> may_commit = false; if :: work() :: skip fi }
  :: atomic { lock == ABANDONED -> may_commit = false; lock = NOBODY; used-- }
  od
}

init {
  byte i;
  atomic {
    run Server();
    do :: i < REPLICAS -> run Replica(i); i++ :: else -> break od
  }
}

/* No wake-up is lost: all start, and the lock is free. */
ltl leave { <> [] (gone == REPLICAS && lock == NOBODY) }
/* As long as the work is not done, there is again and again a connection for somebody else than us. */
ltl room { (<> applied) || ([] <> (!FULL)) }
