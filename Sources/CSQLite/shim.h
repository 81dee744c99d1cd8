// SQLite's variadic calls, which Swift cannot make, as plain functions.
#ifndef RUNDIGEST_CSQLITE_SHIM_H
#define RUNDIGEST_CSQLITE_SHIM_H

#include <sqlite3.h>

static inline int rundigest_db_config_switch(sqlite3 *db, int option, int on, int *now) {
  return sqlite3_db_config(db, option, on, now);
}

#endif
