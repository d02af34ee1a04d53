/* Two servers: the old primary, which replicates to a standby, and the standby, which is promoted at some moment or never.
 * Replicas apply one file in a transaction and one statement that runs alone.
 *
 * A label of this model, the file below entrypoint/ that it stands for, and a name that must occur there (the tests check):
 *   Connect  postgres/wait.cpp            DatabaseWait::session       to a server that answers
 *   Primary  run/database.cpp             need_primary_               from then on only to one that can be written to
 *   Look     run/pipeline.cpp             look_for_pending            without the lock; a standby is good enough
 *   Try      postgres/lock_queue.cpp      LockQueue::try_lock         on this server: locks are not replicated
 *   Again    run/pipeline.cpp             Strictness::strict          the history again, under the lock
 *   File     apply/part_transaction.cpp   PartTransaction::commit     row and effect in one COMMIT
 *   Row      apply/in_steps.cpp           start_row                   a COMMIT of its own, as the three that follow
 *   Note     apply/in_steps.cpp           take_note
 *   Effect   apply/in_steps.cpp           apart
 *   Record   apply/in_steps.cpp           advance
 *   Struck   run/database.cpp             reconnects_after            a lost connection, a lost answer: look again
 *   Spared   postgres/backend.cpp         SyncRep                     a COMMIT that waits for the standby is not ended
 *
 * A server's state is a few numbers, and replication copies them, in the order in which they came true or several at a time. A
 * COMMIT on a synchronous primary is written first, which the standby can get; when the standby has it, it is visible and
 * answered, and until then its session keeps its locks. What is left out: time; a third server; an old primary that comes back
 * (it is a standby then, and has what the new one has); what a session does after its client is gone (files.pml).
 *
 * -DSYNC                        synchronous replication
 * -DFENCE                       the old primary is dead before the standby is promoted (Patroni: the leader key and a watchdog);
 *                               without it both can be written to until the old one ends
 * -DCRASHES=n                   how often a replica is killed or loses its connection
 * -DHEALED                      asks only that the second replica starts with all of it, when it comes after the failover
 * Controls, each of which must lose something:
 * (no SYNC)                     what has started may serve a schema that is gone
 * -DCANCEL                      an operator cancels the wait for the standby, or the primary is restarted meanwhile
 * -DNOT_SPARED                  pg-entrypoint ends a lost session that waits for the standby, as it does with others
 * -DASSUMED                     a COMMIT whose answer was lost is taken for done
 */
#ifndef CRASHES
#define CRASHES 1
#endif
#define REPLICAS 2
#define NOBODY 255
#define ABANDONED 254
#define OLD 0
#define NEW 1

typedef Contents {
  bool file;
  byte step;               /* 0: no row, 1: begun, 2: noted, 3: recorded, 4: the row is `applied` */
  byte ran;                /* how often the statement has run */
};
Contents visible[2];
Contents written;             /* of the old primary, with what waits for the standby */
byte lock[2] = NOBODY;
byte in_commit = NOBODY;   /* whose COMMIT waits on the old primary */
bool promoted;
bool dead;                 /* the old primary */
byte crashes = CRASHES;
byte doubts;               /* how often nobody could know whether the statement had run */
bool in_doubt[REPLICAS];   /* the statement was sent, and its record is not known to be committed */
byte gone;

#define all_of(x) (x.file && x.step == 4)
#define same(x, y) (x.file == y.file && x.step == y.step && x.ran == y.ran)
#define up(x) (x == NEW || !dead)
#define writable(x) ((x == NEW && promoted) || (x == OLD && !dead))
inline copy_state(to, from) { to.file = from.file; to.step = from.step; to.ran = from.ran }
inline answer_commit() { copy_state(visible[OLD], written); in_commit = NOBODY }

mtype = { File, Row, Note, Effect, Record, End };
inline make_true(x, change) {
  if
  :: change == File -> assert(!x.file); x.file = true
  :: change == Row -> assert(x.step == 0); x.step = 1
  :: change == Note -> assert(x.step == 1 || x.step == 2); x.step = 2
  :: change == Effect -> x.ran++; assert(x.ran <= 1 + doubts)
  :: change == Record -> assert(x.step == 2 && x.ran > 0); x.step = 3
  :: change == End -> assert(x.step == 3); x.step = 4
  fi
}

inline commit(change) {
  if
  :: atomic { crashes > 0 -> crashes--; goto struck }
  :: atomic { at == OLD && dead -> goto struck }
  :: atomic { at == NEW -> make_true(visible[NEW], change) }
#ifdef SYNC
  :: atomic { at == OLD && !dead -> assert(in_commit == NOBODY); make_true(written, change); in_commit = me };
     if :: in_commit == NOBODY :: dead :: crashes > 0 fi
#else
  :: atomic { at == OLD && !dead -> make_true(written, change); copy_state(visible[OLD], written) }
#endif
  fi;
  if                                                                         /* the answer */
  :: atomic { (at == NEW || (!dead && in_commit != me)) -> skip }
#ifdef ASSUMED
  :: atomic { crashes > 0 -> crashes--; if :: lock[at] == me -> lock[at] = ABANDONED :: else fi; goto start }
#else
  :: atomic { crashes > 0 -> crashes--; goto struck }
#endif
  :: atomic { at == OLD && dead -> goto struck }
  fi
}

proctype Replica(byte me) {
  byte at; bool need_primary; bool file; byte step;
#ifdef HEALED
  if :: me == 1 -> promoted && dead :: else fi;
#endif
again:
  if                                                                         /* Connect */
  :: atomic { up(OLD) -> at = OLD }
  :: atomic { !need_primary || writable(NEW) -> at = NEW }
  fi;
  if                                                                         /* Look */
  :: atomic { !up(at) -> goto again }
  :: atomic { up(at) && all_of(visible[at]) -> goto start }
  :: atomic { up(at) && !all_of(visible[at]) && !writable(at) -> need_primary = true; goto again }      /* Primary */
  :: atomic { up(at) && !all_of(visible[at]) && writable(at) -> skip }
  fi;
  if                                                                         /* Try */
  :: atomic { !up(at) -> goto again }
  :: atomic { up(at) && lock[at] == NOBODY -> lock[at] = me }
  :: atomic { up(at) && lock[at] != NOBODY -> goto again }
  fi;
  atomic { file = visible[at].file; step = visible[at].step };               /* Again */
  if :: !file -> commit(File); file = true :: else fi;
  if :: step == 0 -> commit(Row); step = 1 :: else fi;
  if
  :: step < 3 -> commit(Note); in_doubt[me] = true; commit(Effect); commit(Record); in_doubt[me] = false; step = 3
  :: else
  fi;
  if :: step == 3 -> commit(End); step = 4 :: else fi;
  if
  :: atomic { !up(at) -> goto struck }
  :: atomic { up(at) -> lock[at] = NOBODY; goto start }
  fi;

struck:
  atomic {                                                                   /* Struck */
    if :: in_doubt[me] -> doubts++ :: else fi;
    in_doubt[me] = false; file = false; step = 0;
    if
    :: lock[at] == me ->
         lock[at] = ABANDONED;
#ifdef NOT_SPARED
         if :: at == OLD && in_commit == me -> answer_commit(); lock[OLD] = NOBODY :: else fi      /* Spared */
#endif
    :: else
    fi;
    goto again };
start:
  atomic {
#ifdef HEALED
    assert(me == 0 || all_of(visible[NEW]));
#endif
    gone++ }
}

/* A server that notices that a client is gone, but not while that session's COMMIT waits. */
proctype Notice() {
end:
  do
  :: atomic { lock[OLD] == ABANDONED && in_commit == NOBODY -> lock[OLD] = NOBODY }
  :: atomic { lock[NEW] == ABANDONED -> lock[NEW] = NOBODY }
  od
}

proctype Replication() {
end:
  do
  :: atomic { !promoted && !dead && !same(visible[NEW], written) -> copy_state(visible[NEW], written) }
  :: atomic { !promoted && !dead && in_commit != NOBODY && same(visible[NEW], written) -> answer_commit() }
#ifdef CANCEL
  :: atomic { !dead && in_commit != NOBODY -> answer_commit() }
#endif
  od
}

/* From now on another replica may go on at the new primary, before the one at the old primary knows. */
inline moved() {
  if :: in_doubt[0] || in_doubt[1] -> doubts++; in_doubt[0] = false; in_doubt[1] = false :: else fi
}
inline promote() {
  atomic { if :: same(visible[NEW], written) :: else -> doubts++ fi; moved(); promoted = true }
}
inline die() {
  atomic { moved(); dead = true; in_commit = NOBODY; lock[OLD] = NOBODY }
}
proctype Failover() {
#ifndef HEALED
  if :: skip :: goto stays fi;
#endif
#ifdef FENCE
  die(); promote();
#else
  promote(); die();
#endif
stays:
  skip
}

init { atomic { run Replication(); run Notice(); run Failover(); run Replica(0); run Replica(1) } }

/* Whoever has started serves a schema that the promoted server has. */
ltl served { [] ((gone > 0 && promoted) -> all_of(visible[NEW])) }
ltl ends { <> [] (gone == REPLICAS) }
