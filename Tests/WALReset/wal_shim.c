#include "wal_shim.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static sqlite3_vfs *base;
static sqlite3_vfs shim;
static void (*armed)(void);
static int fired;

typedef struct ShimFile {
  sqlite3_file file;
  sqlite3_file *real;
} ShimFile;

#define REAL(f) (((ShimFile *)(f))->real)
#define CALL(f, method, ...) REAL(f)->pMethods->method(REAL(f), ##__VA_ARGS__)

static int shimClose(sqlite3_file *f) { return REAL(f)->pMethods ? CALL(f, xClose) : SQLITE_OK; }
static int shimRead(sqlite3_file *f, void *p, int n, sqlite3_int64 o) {
  return CALL(f, xRead, p, n, o);
}
static int shimWrite(sqlite3_file *f, const void *p, int n, sqlite3_int64 o) {
  return CALL(f, xWrite, p, n, o);
}
static int shimTruncate(sqlite3_file *f, sqlite3_int64 n) { return CALL(f, xTruncate, n); }
static int shimSync(sqlite3_file *f, int flags) { return CALL(f, xSync, flags); }
static int shimFileSize(sqlite3_file *f, sqlite3_int64 *n) { return CALL(f, xFileSize, n); }
static int shimLock(sqlite3_file *f, int level) { return CALL(f, xLock, level); }
static int shimUnlock(sqlite3_file *f, int level) { return CALL(f, xUnlock, level); }
static int shimCheckReserved(sqlite3_file *f, int *out) {
  return CALL(f, xCheckReservedLock, out);
}
static int shimControl(sqlite3_file *f, int op, void *arg) { return CALL(f, xFileControl, op, arg); }
static int shimSectorSize(sqlite3_file *f) { return CALL(f, xSectorSize); }
static int shimTraits(sqlite3_file *f) { return CALL(f, xDeviceCharacteristics); }
static int shimShmMap(sqlite3_file *f, int page, int size, int extend, void volatile **out) {
  return CALL(f, xShmMap, page, size, extend, out);
}
static int shimShmLock(sqlite3_file *f, int offset, int n, int flags) {
  return CALL(f, xShmLock, offset, n, flags);
}
static void shimShmBarrier(sqlite3_file *f) { CALL(f, xShmBarrier); }
static int shimShmUnmap(sqlite3_file *f, int delete) { return CALL(f, xShmUnmap, delete); }
static int shimFetch(sqlite3_file *f, sqlite3_int64 o, int n, void **out) {
  return CALL(f, xFetch, o, n, out);
}

// SQLite calls this with a null pointer after it took in a changed log header for a checkpoint, and
// before it looks at the log: the window.
static int shimUnfetch(sqlite3_file *f, sqlite3_int64 o, void *p) {
  if (armed && !p) {
    void (*hook)(void) = armed;
    armed = 0;
    fired = 1;
    hook();
  }
  return CALL(f, xUnfetch, o, p);
}

static const sqlite3_io_methods methods = {
    3,          shimClose,      shimRead,         shimWrite,   shimTruncate,   shimSync,
    shimFileSize, shimLock,     shimUnlock,       shimCheckReserved, shimControl,
    shimSectorSize, shimTraits, shimShmMap,       shimShmLock, shimShmBarrier, shimShmUnmap,
    shimFetch,  shimUnfetch};

static int shimOpen(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *outFlags) {
  (void)vfs;
  ShimFile *file = (ShimFile *)f;
  file->real = (sqlite3_file *)&file[1];
  int code = base->xOpen(base, name, file->real, flags, outFlags);
  file->file.pMethods = file->real->pMethods ? &methods : 0;
  return code;
}

int wal_shim_register(int as_default) {
  if (!base) {
    base = sqlite3_vfs_find(0);
    if (!base) return SQLITE_ERROR;
    shim = *base;
    shim.zName = "walshim";
    shim.szOsFile = (int)sizeof(ShimFile) + base->szOsFile;
    shim.xOpen = shimOpen;
  }
  return sqlite3_vfs_register(&shim, as_default);
}

void wal_shim_arm(void (*hook)(void)) {
  fired = 0;
  armed = hook;
}

int wal_shim_fired(void) { return fired; }

static sqlite3 *committer;

#define INSERT(first, count)                                                                  \
  "INSERT INTO t SELECT " first " + n, randomblob(900) FROM (WITH RECURSIVE c(n) AS (SELECT " \
  "1 UNION ALL SELECT n + 1 FROM c WHERE n < " count ") SELECT n FROM c)"

static void commitNow(void) {
  sqlite3_exec(committer, "BEGIN IMMEDIATE; " INSERT("100000", "5") "; COMMIT", 0, 0, 0);
}

static int firstInteger(void *out, int columns, char **values, char **names) {
  (void)columns;
  (void)names;
  if (values[0]) sscanf(values[0], "%d", (int *)out);
  return 0;
}

static int firstText(void *out, int columns, char **values, char **names) {
  (void)columns;
  (void)names;
  if (values[0]) snprintf((char *)out, 16, "%s", values[0]);
  return 1;
}

int wal_shim_reproduce(const char *path, int mode) {
  static const char *const names[] = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"};
  sqlite3 *checkpointer = 0;
  if (mode < 0 || mode > 3 || wal_shim_register(0)) return -2;
  if (sqlite3_open(path, &committer)) return -2;
  sqlite3_exec(
      committer,
      "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF;"
      "CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB); CREATE INDEX ti ON t(b)",
      0, 0, 0);
  if (sqlite3_open_v2(path, &checkpointer, SQLITE_OPEN_READWRITE, "walshim")) return -2;
  sqlite3_exec(
      checkpointer, "PRAGMA wal_autocheckpoint = 0; SELECT count(*) FROM t", 0, 0, 0);
  sqlite3_exec(committer, INSERT("0", "600"), 0, 0, 0);
  sqlite3_exec(committer, "PRAGMA wal_checkpoint(PASSIVE)", 0, 0, 0);
  // All is in the file now, so the next commit starts the log over: in the middle of this.
  wal_shim_arm(commitNow);
  char sql[64];
  snprintf(sql, sizeof sql, "PRAGMA wal_checkpoint(%s)", names[mode]);
  sqlite3_exec(checkpointer, sql, 0, 0, 0);
  if (!fired) return -2;
  int expected = 600;
  int now = 0;
  sqlite3_exec(committer, "SELECT count(*) FROM t", firstInteger, &now, 0);
  // Refused with a busy error when the checkpoint holds the writer's lock.
  if (now == 605) expected = 605;
  for (int round = 0; round < 60; round++) {
    char insert[256];
    snprintf(insert, sizeof insert, INSERT("%d", "20"), 200000 + round * 100);
    if (sqlite3_exec(committer, insert, 0, 0, 0) == SQLITE_OK) expected += 20;
    sqlite3_exec(committer, "PRAGMA wal_checkpoint(PASSIVE)", 0, 0, 0);
  }
  sqlite3_close(checkpointer);
  sqlite3_close(committer);
  sqlite3 *reader = 0;
  if (sqlite3_open(path, &reader)) return -2;
  int rows = 0;
  char verdict[16] = "";
  int counted = sqlite3_exec(reader, "SELECT count(*) FROM t", firstInteger, &rows, 0);
  sqlite3_exec(reader, "PRAGMA integrity_check(1)", firstText, verdict, 0);
  sqlite3_close(reader);
  if (counted != SQLITE_OK || strcmp(verdict, "ok") != 0) return -1;
  return expected - rows;
}
