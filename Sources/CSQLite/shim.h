// What Swift cannot say in C's place, as plain inline functions: SQLite's variadic calls, its two
// destructor constants, a non-null pointer for empty text; and statfs, which Glibc's module lacks.
#ifndef RUNDIGEST_CSQLITE_SHIM_H
#define RUNDIGEST_CSQLITE_SHIM_H

#include <sqlite3.h>
#include <sys/vfs.h>

static inline int rundigest_config_memory_status(int on) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, on);
}

static inline int rundigest_db_config_switch(sqlite3 *db, int option, int on, int *now) {
  return sqlite3_db_config(db, option, on, now);
}

// SQLite copies the bytes. A null pointer would bind NULL, and an empty buffer may have one.
static inline int rundigest_bind_text_copied(
    sqlite3_stmt *stmt, int index, const void *bytes, sqlite3_uint64 count) {
  return sqlite3_bind_text64(
      stmt, index, bytes ? (const char *)bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

// SQLite keeps the pointer: the bytes must stay until the binding is replaced.
static inline int rundigest_bind_text_borrowed(
    sqlite3_stmt *stmt, int index, const void *bytes, sqlite3_uint64 count) {
  return sqlite3_bind_text64(
      stmt, index, bytes ? (const char *)bytes : "", count, SQLITE_STATIC, SQLITE_UTF8);
}

static inline int rundigest_bind_blob_copied(
    sqlite3_stmt *stmt, int index, const void *bytes, sqlite3_uint64 count) {
  return sqlite3_bind_blob64(stmt, index, bytes ? bytes : "", count, SQLITE_TRANSIENT);
}

static inline int rundigest_bind_blob_borrowed(
    sqlite3_stmt *stmt, int index, const void *bytes, sqlite3_uint64 count) {
  return sqlite3_bind_blob64(stmt, index, bytes ? bytes : "", count, SQLITE_STATIC);
}

// The kind of the file system that holds a path, 0 when it cannot be asked.
static inline long rundigest_filesystem_kind(const char *path) {
  struct statfs status;
  return statfs(path, &status) == 0 ? (long)(unsigned int)status.f_type : 0;
}

#endif
