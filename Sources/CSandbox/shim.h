#include <sys/prctl.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>

// What Swift does not import: prctl is variadic, and some of glibc hides behind _GNU_SOURCE.

/// No program started from here on can gain rights. 0 on success.
static inline int anb_no_new_privileges(void) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/// The kernel kills this process when the thread that started it ends. 0 on success.
static inline int anb_die_with_parent(void) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/// Keeps other processes of the same user from reading this one's memory. 0 on success.
static inline int anb_not_dumpable(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// Threads share so many heaps; each reserves 64 MiB of address space. Not 0 on success.
static inline int anb_share_heaps(int heaps) {
    return mallopt(M_ARENA_MAX, heaps);
}

#ifndef __USE_GNU
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
#endif

/// The started program has no descriptor from `first` on. 0 on success.
static inline int anb_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
