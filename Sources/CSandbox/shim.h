#include <sys/prctl.h>
#include <signal.h>

// prctl is variadic, which Swift does not import.

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
