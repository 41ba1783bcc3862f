#define _GNU_SOURCE
#include "CSandbox.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int anb_no_new_privileges(void) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int anb_die_with_parent(void) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

int anb_not_dumpable(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int anb_share_heaps(int heaps) {
    return mallopt(M_ARENA_MAX, heaps) == 1 ? 0 : -1;
}

int anb_try_fork(void) {
    // Without handlers and locks of glibc: this process has threads.
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return (int)child;
}

int anb_try_exec(const char *path) {
    char *const none[] = {0};
    return (int)syscall(SYS_execve, path, none, none);
}

int anb_try_trace(pid_t process) {
    return (int)ptrace(PTRACE_SEIZE, process, 0, 0);
}

int anb_try_read(pid_t process) {
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};
    return (int)process_vm_readv(process, &here, 1, &there, 1, 0);
}

int anb_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
