// LD_PRELOAD library that makes one system call on a store's files fail.
//
// RUNDIGEST_FAULT is "CALL K ERRNO EVER": the K-th CALL (pwrite64, fdatasync or ftruncate64) of the
// process, counted from 1, fails with ERRNO, and if EVER is 1 all later ones as well. K = 0 fails
// none. At the end the library says on standard error how many calls there were, "calls CALL N".
//
// A log whose sync has failed must not be written or synced through the same descriptor again:
// where that is done it says "used after a failed sync".
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/types.h>

#include "../PowerLoss/store_file.h"

#define REAL(name)                     \
  static __typeof__(name) *real;       \
  if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static char call[32];
static long at, code, ever;
static atomic_long calls;
static atomic_int failed = -1;

__attribute__((constructor)) static void begin(void) {
  const char *fault = getenv("RUNDIGEST_FAULT");
  if (fault) sscanf(fault, "%31s %ld %ld %ld", call, &at, &code, &ever);
}

__attribute__((destructor)) static void end(void) {
  if (call[0]) fprintf(stderr, "calls %s %ld\n", call, atomic_load(&calls));
}

static int fails(const char *name, int fd, int isLog) {
  if (strcmp(name, call)) return 0;
  long number = atomic_fetch_add(&calls, 1) + 1;
  if (!at || (ever ? number < at : number != at)) return 0;
  if (isLog && !strcmp(name, "fdatasync")) atomic_store(&failed, fd);
  errno = (int)code;
  return 1;
}

// Whether a descriptor is one of the store's; says so when it should have been closed.
static int isStores(int fd, int *isLog) {
  char name[256];
  if (!nameOf(fd, name)) return 0;
  *isLog = strstr(name, "-wal") != NULL;
  if (fd == atomic_load(&failed)) fprintf(stderr, "used after a failed sync: %s\n", name);
  return 1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  REAL(pwrite64);
  int isLog;
  if (isStores(fd, &isLog) && fails("pwrite64", fd, isLog)) return -1;
  return real(fd, bytes, count, offset);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  int isLog;
  if (isStores(fd, &isLog) && fails("fdatasync", fd, isLog)) return -1;
  return real(fd);
}

int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  int isLog;
  if (isStores(fd, &isLog) && fails("ftruncate64", fd, isLog)) return -1;
  return real(fd, size);
}

int close(int fd) {
  REAL(close);
  int expected = fd;
  atomic_compare_exchange_strong(&failed, &expected, -1);
  return real(fd);
}
