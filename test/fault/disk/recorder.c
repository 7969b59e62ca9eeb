/*
 * Loaded with LD_PRELOAD: notes, in their order, all that a process writes to the files of one directory and all that it
 * forces to the disk, so that a test can say what a power cut at any moment would have left. `recording.ts` reads it.
 *
 * RECORD_DIRECTORY  absolute; its own files, not those of folders in it
 * RECORD_LOG        where the notes go
 * RECORD_PRINTED    if set, what the process prints on stdout is noted too
 * SYNC_DELAY_MS     how long an fsync takes
 *
 * It stands for the disk: a file of the directory is not forced to the machine's own, which tells nothing here and takes time.
 * Mapped memory is not seen: SQLite maps only its index of the log, which it makes anew.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OPENED = 1, WRITTEN, TRUNCATED, SYNCED, DIRECTORY_SYNCED, UNLINKED, RENAMED, LINKED, PRINTED };

struct head {
  uint32_t kind;
  uint32_t name_bytes;
  uint64_t inode;
  uint64_t offset;
  uint64_t data_bytes;
};

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static char directory[PATH_MAX];
static size_t directory_length;
static int log_fd = -1;
static int notes_printed;
static useconds_t sync_delay_us;

#define REAL(result, name, ...)                                              \
  static result (*real)(__VA_ARGS__);                                        \
  if (real == NULL) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name);

__attribute__((constructor)) static void begin(void) {
  const char *delay = getenv("SYNC_DELAY_MS");
  if (delay != NULL) sync_delay_us = (useconds_t)(atof(delay) * 1000);
  const char *path = getenv("RECORD_DIRECTORY");
  const char *log_path = getenv("RECORD_LOG");
  if (path == NULL) return;
  directory_length = strlen(path);
  memcpy(directory, path, directory_length + 1);
  notes_printed = getenv("RECORD_PRINTED") != NULL;
  if (log_path == NULL) return;
  log_fd = (int)syscall(SYS_openat, AT_FDCWD, log_path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd == -1) abort();
}

static void put(const void *bytes, size_t length) {
  const char *next = bytes;
  while (length > 0) {
    ssize_t put = syscall(SYS_write, log_fd, next, length);
    if (put == -1 && errno == EINTR) continue;
    if (put <= 0) abort();
    next += put;
    length -= (size_t)put;
  }
}

/* The caller holds `order`. */
static void note(enum kind kind, uint64_t inode, const char *name, size_t name_bytes, uint64_t offset, const void *data,
                 size_t data_bytes) {
  int before = errno;
  if (log_fd != -1) {
    struct head head = {kind, (uint32_t)name_bytes, inode, offset, data_bytes};
    put(&head, sizeof head);
    put(name, name_bytes);
    put(data, data_bytes);
  }
  errno = before;
}

/* The name of a file in the directory, NULL for any other path. */
static const char *name_of(const char *path) {
  if (directory_length == 0 || strncmp(path, directory, directory_length) != 0) return NULL;
  if (path[directory_length] != '/') return NULL;
  const char *name = path + directory_length + 1;
  return *name == '\0' || strchr(name, '/') != NULL ? NULL : name;
}

/* Which inodes are files of the directory; those of files that are gone may be used again. */
#define MOST_INODES 4096
static uint64_t inodes[MOST_INODES];
static size_t inode_count;

static int is_known(uint64_t inode) {
  for (size_t at = 0; at < inode_count; at += 1)
    if (inodes[at] == inode) return 1;
  return 0;
}

static void know(uint64_t inode) {
  if (is_known(inode)) return;
  if (inode_count == MOST_INODES) abort();
  inodes[inode_count++] = inode;
}

/* 0 where the descriptor is not one of the directory's files. */
static uint64_t inode_of(int fd) {
  struct stat found;
  if (directory_length == 0 || fstat(fd, &found) == -1 || !S_ISREG(found.st_mode)) return 0;
  return is_known(found.st_ino) ? found.st_ino : 0;
}

static int opened(int fd, const char *name, int existed, int flags) {
  struct stat found;
  if (fd == -1 || fstat(fd, &found) == -1 || !S_ISREG(found.st_mode)) return fd;
  know(found.st_ino);
  note(OPENED, found.st_ino, name, strlen(name), (uint64_t)!existed, NULL, 0);
  if (existed && (flags & O_TRUNC)) note(TRUNCATED, found.st_ino, NULL, 0, 0, NULL, 0);
  return fd;
}

#define OPEN(symbol)                                                         \
  int symbol(const char *path, int flags, ...) {                             \
    REAL(int, symbol, const char *, int, ...)                                \
    va_list rest;                                                            \
    va_start(rest, flags);                                                   \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                            \
    const char *name = name_of(path);                                        \
    if (name == NULL) return real(path, flags, mode);                        \
    pthread_mutex_lock(&order);                                              \
    int existed = access(path, F_OK) == 0;                                   \
    int fd = opened(real(path, flags, mode), name, existed, flags);          \
    pthread_mutex_unlock(&order);                                            \
    return fd;                                                               \
  }
OPEN(open)
OPEN(open64)

#define PWRITE(symbol)                                                                   \
  ssize_t symbol(int fd, const void *data, size_t length, off_t offset) {                \
    REAL(ssize_t, symbol, int, const void *, size_t, off_t)                              \
    pthread_mutex_lock(&order);                                                          \
    uint64_t inode = inode_of(fd);                                                       \
    ssize_t done = real(fd, data, length, offset);                                       \
    if (inode != 0 && done > 0) note(WRITTEN, inode, NULL, 0, (uint64_t)offset, data, (size_t)done); \
    pthread_mutex_unlock(&order);                                                        \
    return done;                                                                         \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

/* The caller holds `order`, and has written. */
static void appended(int fd, uint64_t inode, const struct iovec *parts, int count, ssize_t done) {
  off_t end = lseek(fd, 0, SEEK_CUR);
  uint64_t offset = (uint64_t)(end - done);
  for (int at = 0; at < count && done > 0; at += 1) {
    size_t length = parts[at].iov_len < (size_t)done ? parts[at].iov_len : (size_t)done;
    note(WRITTEN, inode, NULL, 0, offset, parts[at].iov_base, length);
    offset += length;
    done -= (ssize_t)length;
  }
}

ssize_t write(int fd, const void *data, size_t length) {
  REAL(ssize_t, write, int, const void *, size_t)
  if (fd == STDOUT_FILENO && notes_printed) {
    pthread_mutex_lock(&order);
    ssize_t done = real(fd, data, length);
    if (done > 0) note(PRINTED, 0, NULL, 0, 0, data, (size_t)done);
    pthread_mutex_unlock(&order);
    return done;
  }
  if (inode_of(fd) == 0) return real(fd, data, length);
  pthread_mutex_lock(&order);
  struct iovec part = {(void *)data, length};
  ssize_t done = real(fd, data, length);
  if (done > 0) appended(fd, inode_of(fd), &part, 1, done);
  pthread_mutex_unlock(&order);
  return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, writev, int, const struct iovec *, int)
  if (inode_of(fd) == 0) return real(fd, parts, count);
  pthread_mutex_lock(&order);
  ssize_t done = real(fd, parts, count);
  if (done > 0) appended(fd, inode_of(fd), parts, count, done);
  pthread_mutex_unlock(&order);
  return done;
}

#define TRUNCATE(symbol)                                                          \
  int symbol(int fd, off_t size) {                                                \
    REAL(int, symbol, int, off_t)                                                 \
    pthread_mutex_lock(&order);                                                   \
    uint64_t inode = inode_of(fd);                                                \
    int failed = real(fd, size);                                                  \
    if (inode != 0 && !failed) note(TRUNCATED, inode, NULL, 0, (uint64_t)size, NULL, 0); \
    pthread_mutex_unlock(&order);                                                 \
    return failed;                                                                \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

static int is_directory(int fd) {
  struct stat found, expected;
  return directory_length > 0 && fstat(fd, &found) == 0 && S_ISDIR(found.st_mode) && stat(directory, &expected) == 0 &&
         found.st_ino == expected.st_ino;
}

#define SYNC(symbol)                                                            \
  int symbol(int fd) {                                                          \
    REAL(int, symbol, int)                                                      \
    if (inode_of(fd) != 0 && sync_delay_us > 0) usleep(sync_delay_us);          \
    pthread_mutex_lock(&order);                                                 \
    uint64_t inode = inode_of(fd);                                              \
    int failed = inode == 0 ? real(fd) : 0;                                     \
    if (inode != 0 && !failed) note(SYNCED, inode, NULL, 0, 0, NULL, 0);        \
    if (!failed && is_directory(fd)) note(DIRECTORY_SYNCED, 0, NULL, 0, 0, NULL, 0); \
    pthread_mutex_unlock(&order);                                               \
    return failed;                                                              \
  }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
  REAL(int, unlink, const char *)
  const char *name = name_of(path);
  if (name == NULL) return real(path);
  pthread_mutex_lock(&order);
  int failed = real(path);
  if (!failed) note(UNLINKED, 0, name, strlen(name), 0, NULL, 0);
  pthread_mutex_unlock(&order);
  return failed;
}

#define MOVE(symbol, kind)                                                        \
  int symbol(const char *from, const char *to) {                                  \
    REAL(int, symbol, const char *, const char *)                                 \
    const char *from_name = name_of(from), *to_name = name_of(to);                \
    if (from_name == NULL || to_name == NULL) return real(from, to);              \
    pthread_mutex_lock(&order);                                                   \
    int failed = real(from, to);                                                  \
    if (!failed) note(kind, 0, from_name, strlen(from_name), 0, to_name, strlen(to_name)); \
    pthread_mutex_unlock(&order);                                                 \
    return failed;                                                                \
  }
MOVE(rename, RENAMED)
MOVE(link, LINKED)
