// LD_PRELOAD library that writes down what a program does to a store, in the order in which it is
// done: writes, truncations, syncs and unlinks of files whose name has ".sqlite" in it, and what
// the program says on standard output. RUNDIGEST_JOURNAL names the file to write it to.
//
// A record: kind (1 byte), length of the name (1), offset or size (8), length of the data (4), the
// name, the data; numbers in the machine's order. Kinds: W write, T truncate, S sync, D sync of the
// folder, U unlink, A acknowledgement.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_file.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;

// The function of that name that this library stands before.
#define REAL(name)                     \
  static __typeof__(name) *real;       \
  if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static ssize_t realWrite(int fd, const void *bytes, size_t count) {
  REAL(write);
  return real(fd, bytes, count);
}

// With the lock held, so that the journal has the order of the calls themselves.
static void note(char kind, const char *name, int64_t offset, const void *data, uint32_t count) {
  if (journal < 0) {
    const char *path = getenv("RUNDIGEST_JOURNAL");
    if (!path) return;
    journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  char head[14 + 256];
  size_t length = strlen(name);
  head[0] = kind;
  head[1] = (char)length;
  memcpy(head + 2, &offset, 8);
  memcpy(head + 10, &count, 4);
  memcpy(head + 14, name, length);
  realWrite(journal, head, 14 + length);
  if (count) realWrite(journal, data, count);
}

static int isFolder(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  REAL(pwrite64);
  char name[256];
  pthread_mutex_lock(&lock);
  ssize_t done = real(fd, bytes, count, offset);
  if (done > 0 && nameOf(fd, name)) note('W', name, offset, bytes, (uint32_t)done);
  pthread_mutex_unlock(&lock);
  return done;
}

int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  char name[256];
  pthread_mutex_lock(&lock);
  int code = real(fd, size);
  if (code == 0 && nameOf(fd, name)) note('T', name, size, 0, 0);
  pthread_mutex_unlock(&lock);
  return code;
}

static int noteSync(int fd, int code) {
  char name[256];
  if (code == 0 && isFolder(fd)) note('D', "", 0, 0, 0);
  if (code == 0 && nameOf(fd, name)) note('S', name, 0, 0, 0);
  return code;
}

int fdatasync(int fd) {
  REAL(fdatasync);
  pthread_mutex_lock(&lock);
  int code = noteSync(fd, real(fd));
  pthread_mutex_unlock(&lock);
  return code;
}

int fsync(int fd) {
  REAL(fsync);
  pthread_mutex_lock(&lock);
  int code = noteSync(fd, real(fd));
  pthread_mutex_unlock(&lock);
  return code;
}

int unlink(const char *path) {
  REAL(unlink);
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  pthread_mutex_lock(&lock);
  int code = real(path);
  if (code == 0 && strstr(name, ".sqlite") && !strstr(name, "-shm")) note('U', name, 0, 0, 0);
  pthread_mutex_unlock(&lock);
  return code;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  if (fd != 1) return realWrite(fd, bytes, count);
  pthread_mutex_lock(&lock);
  note('A', "", 0, bytes, (uint32_t)count);
  ssize_t done = realWrite(fd, bytes, count);
  pthread_mutex_unlock(&lock);
  return done;
}
