// A VFS that passes everything on, but calls a hook at the one point within a checkpoint where a
// commit of another connection makes SQLite 3.7.0 to 3.51.2 corrupt the file.
#ifndef RUNDIGEST_WAL_SHIM_H
#define RUNDIGEST_WAL_SHIM_H

// Registers the VFS under the name "walshim"; as the default one when `as_default` is not 0.
int wal_shim_register(int as_default);

// Calls `hook` once, the next time that a connection of the VFS is at that point.
void wal_shim_arm(void (*hook)(void));

// Whether the hook was called since it was armed.
int wal_shim_fired(void);

// The whole story on plain SQLite with two connections on a new file at `path`: a checkpoint of
// `mode` (0 passive, 1 full, 2 restart, 3 truncate) of the one, a commit of the other within it.
// Answers how many rows are lost; -1 when the file is damaged, -2 when something else failed.
int wal_shim_reproduce(const char *path, int mode);

#endif
