#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
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

void anb_close_own_from(int first) {
    closefrom(first);
}

pid_t anb_fork(void) {
    return fork();
}

int anb_process_descriptor(pid_t process) {
    return (int)syscall(SYS_pidfd_open, process, 0);
}

int anb_memory_file(void) {
    return memfd_create("anb", MFD_CLOEXEC);
}

int anb_message_sockets(int ends[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

enum { DESCRIPTORS_MAX = 32 };

/// One byte, because a message of none looks like the end, and room for the descriptors beside it.
struct descriptor_message {
    char byte;
    struct iovec bytes;
    char control[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))] __attribute__((aligned(__alignof__(struct cmsghdr))));
    struct msghdr header;
};

static void prepare(struct descriptor_message *message) {
    memset(message, 0, sizeof *message);
    message->bytes = (struct iovec){&message->byte, 1};
    message->header = (struct msghdr){.msg_iov = &message->bytes, .msg_iovlen = 1, .msg_control = message->control};
}

int anb_send_descriptors(int socket, const int *descriptors, int count) {
    if (count < 1 || count > DESCRIPTORS_MAX) {
        errno = EINVAL;
        return -1;
    }
    struct descriptor_message message;
    prepare(&message);
    message.header.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *part = CMSG_FIRSTHDR(&message.header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(part), descriptors, count * sizeof(int));
    return sendmsg(socket, &message.header, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int anb_receive_descriptors(int socket, int *descriptors, int max) {
    struct descriptor_message message;
    prepare(&message);
    message.header.msg_controllen = sizeof message.control;
    ssize_t got = recvmsg(socket, &message.header, MSG_CMSG_CLOEXEC);
    if (got <= 0) return (int)got;
    struct cmsghdr *part = CMSG_FIRSTHDR(&message.header);
    if (!part || part->cmsg_type != SCM_RIGHTS || message.header.msg_flags & MSG_CTRUNC) {
        errno = EPROTO;
        return -1;
    }
    int count = (int)((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    if (count > max) {
        errno = EPROTO;
        return -1;
    }
    memcpy(descriptors, CMSG_DATA(part), count * sizeof(int));
    return count;
}
