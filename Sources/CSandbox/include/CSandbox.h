#ifndef ANB_SANDBOX_H
#define ANB_SANDBOX_H

#include <signal.h>
#include <spawn.h>
#include <sys/types.h>

// What Swift cannot do by itself: prctl and syscall are variadic, BPF programs are macros, and some of glibc hides
// behind _GNU_SOURCE. Every function returns 0 on success unless it says otherwise, and leaves the reason in errno.

/// No program started from here on can gain rights.
int anb_no_new_privileges(void);

/// The kernel kills this process when the thread that started it ends.
int anb_die_with_parent(void);

/// Keeps other processes of the same user from reading this one's memory.
int anb_not_dumpable(void);

/// Threads share so many heaps; each reserves 64 MiB of address space.
int anb_share_heaps(int heaps);

/// The version of Landlock that the kernel has switched on; 0 for none.
int anb_landlock_version(void);

/// Gives up every file that is not open yet, TCP, and signals to other processes, as far as the kernel's version can.
/// Call it while the process has one thread.
int anb_landlock_enter(void);

/// 1 when the kernel filters system calls and the filter is written for this processor.
int anb_seccomp_available(void);

/// From here on all threads may only compute: memory, threads, clocks, and reading and writing what is open.
///
/// Opening, sockets, starting processes, executable memory and everything else that is not listed fail with EPERM.
/// What only an attacker would try (running a program, looking into other processes, io_uring, BPF) ends the process
/// with SIGSYS.
int anb_seccomp_enter(void);

/// A process of its own, if the kernel lets it: made by the bare system call, ends at once. Its id, or -1.
int anb_try_fork(void);

/// Runs a program in place of this one, if the kernel lets it.
int anb_try_exec(const char *path);

/// Attaches to another process as a debugger, if the kernel lets it.
int anb_try_trace(pid_t process);

/// Reads another process's memory, if the kernel lets it.
int anb_try_read(pid_t process);

/// The started program has no descriptor from `first` on.
int anb_close_from(posix_spawn_file_actions_t *actions, int first);

/// This process has no descriptor from `first` on.
void anb_close_own_from(int first);

/// fork(), which Swift hides because it is not for processes with threads. The caller must have one.
pid_t anb_fork(void);

/// A descriptor that becomes readable when the process ends (Linux 5.3), or -1.
int anb_process_descriptor(pid_t process);

/// A file without a name, in memory, that no other program inherits, or -1.
int anb_memory_file(void);

/// Two connected sockets whose messages stay whole and that no other program inherits.
int anb_message_sockets(int ends[2]);

/// Sends so many descriptors in one message; a closed other end is EPIPE, not a signal.
int anb_send_descriptors(int socket, const int *descriptors, int count);

/// Takes the descriptors of one message. Their number; 0 when the other end is closed, -1 when there are more than `max`.
int anb_receive_descriptors(int socket, int *descriptors, int max);

#endif
