// What Swift cannot say in C's place, as plain inline functions: SQLite's variadic calls, its two
// destructor constants, a non-null pointer for empty text; and statfs, statx and renameat2, which
// Glibc's module lacks.
#ifndef RUNDIGEST_CSQLITE_SHIM_H
#define RUNDIGEST_CSQLITE_SHIM_H

#include <sqlite3.h>
#include <asm/unistd.h>
#include <stdint.h>
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

// Headers with `struct stat` would make it this module's and no longer Glibc's.
extern long syscall(long number, ...);

// Whether something is mounted at a path itself: 1 or 0, -1 when the kernel cannot tell. Symbolic links
// are not followed. The numbers are of <linux/stat.h> and <fcntl.h>.
static inline int rundigest_is_mount_point(const char *path) {
  union {
    struct {
      uint32_t mask, block_size;
      uint64_t attributes;
      uint32_t links, user, group;
      uint16_t mode, spare;
      uint64_t inode, size, blocks, attributes_mask;
    } fields;
    unsigned char bytes[256];
  } status;
  const uint64_t mount_root = 0x2000;
  // AT_FDCWD, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS
  if (syscall(__NR_statx, -100, path, 0x100, 0x7ffU, &status) != 0) return -1;
  if (!(status.fields.attributes_mask & mount_root)) return -1;
  return (status.fields.attributes & mount_root) != 0;
}

// Renames a file unless the new name is taken: 0, or -1 with errno.
static inline int rundigest_rename_to_free_name(const char *from, const char *to) {
  // AT_FDCWD, RENAME_NOREPLACE
  return (int)syscall(__NR_renameat2, -100, from, -100, to, 1U);
}

#endif
