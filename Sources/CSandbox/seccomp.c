#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ANB_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ANB_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

int anb_seccomp_available(void) {
#ifdef ANB_ARCHITECTURE
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
#else
    return 0;
#endif
}

#ifdef ANB_ARCHITECTURE

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/// The lower half of an argument; both architectures store it first.
#define LOAD_ARGUMENT(index) LOAD(args[index])
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, action)
/// Skips so many steps unless the loaded word is equal to, or has a bit of, the value.
#define UNLESS_EQUAL(value, steps) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, steps)
#define UNLESS_ANY(value, steps) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, value, 0, steps)

#define REFUSE SECCOMP_RET_ERRNO | EPERM
#define ALLOW(call) UNLESS_EQUAL(SYS_##call, 1), ANSWER(SECCOMP_RET_ALLOW)
#define END_PROCESS(call) UNLESS_EQUAL(SYS_##call, 1), ANSWER(SECCOMP_RET_KILL_PROCESS)
#define ALLOW_IF_EQUAL(call, index, value)                                                              \
    UNLESS_EQUAL(SYS_##call, 4), LOAD_ARGUMENT(index), UNLESS_EQUAL(value, 1), ANSWER(SECCOMP_RET_ALLOW), ANSWER(REFUSE)
#define ALLOW_IF_ANY(call, index, bits)                                                                 \
    UNLESS_EQUAL(SYS_##call, 4), LOAD_ARGUMENT(index), UNLESS_ANY(bits, 1), ANSWER(SECCOMP_RET_ALLOW), ANSWER(REFUSE)
#define REFUSE_IF_ANY(call, index, bits)                                                                \
    UNLESS_EQUAL(SYS_##call, 4), LOAD_ARGUMENT(index), UNLESS_ANY(bits, 1), ANSWER(REFUSE), ANSWER(SECCOMP_RET_ALLOW)

int anb_seccomp_enter(void) {
    unsigned process = (unsigned)getpid();
    struct sock_filter steps[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ANB_ARCHITECTURE, 1, 0),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#ifdef __x86_64__
        // The x32 numbers would pass by the list.
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
#endif
        // Threads and their waiting
        ALLOW(futex), ALLOW(sched_yield), ALLOW(set_robust_list), ALLOW(rseq), ALLOW(sched_getaffinity), ALLOW(gettid),
        ALLOW(getpid), ALLOW(exit), ALLOW(exit_group),
        // Its flags lie in memory, out of the filter's sight: glibc falls back to clone.
        UNLESS_EQUAL(SYS_clone3, 1), ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
        ALLOW_IF_ANY(clone, 0, CLONE_THREAD),
        ALLOW_IF_EQUAL(prctl, 0, PR_SET_NAME),
        // What is open
        ALLOW(read), ALLOW(write), ALLOW(pread64), ALLOW(pwrite64), ALLOW(lseek), ALLOW(fstat), ALLOW(close),
        ALLOW_IF_EQUAL(newfstatat, 3, AT_EMPTY_PATH),
        // Memory, never executable
        ALLOW(brk), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise),
        REFUSE_IF_ANY(mmap, 2, PROT_EXEC), REFUSE_IF_ANY(mprotect, 2, PROT_EXEC),
        // Signals, to itself only
        ALLOW(rt_sigprocmask), ALLOW(rt_sigaction), ALLOW(rt_sigreturn), ALLOW(sigaltstack), ALLOW(restart_syscall),
        ALLOW_IF_EQUAL(tgkill, 0, process),
        // Clocks and chance
        ALLOW(clock_gettime), ALLOW(clock_getres), ALLOW(gettimeofday), ALLOW(nanosleep), ALLOW(clock_nanosleep),
        ALLOW(getrusage), ALLOW(getrandom),
        END_PROCESS(execve), END_PROCESS(execveat), END_PROCESS(ptrace), END_PROCESS(process_vm_readv),
        END_PROCESS(process_vm_writev), END_PROCESS(bpf), END_PROCESS(io_uring_setup),
        ANSWER(REFUSE),
    };
    struct sock_fprog program = {.len = sizeof steps / sizeof *steps, .filter = steps};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

#else

int anb_seccomp_enter(void) {
    errno = ENOSYS;
    return -1;
}

#endif
