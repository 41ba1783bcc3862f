#define _GNU_SOURCE
#include "CSandbox.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// The distribution's headers know the first versions only, and some have none: numbers of the kernel's ABI.
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

enum { REPORT_VERSION = 1 };

struct ruleset {
    uint64_t files;
    uint64_t network;  // from version 4
    uint64_t scope;    // from version 6
};

int anb_landlock_version(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, REPORT_VERSION);
    return version > 0 ? (int)version : 0;
}

/// Every right on files this version knows; one new bit each in versions 2 (refer), 3 (truncate) and 5 (ioctl).
static uint64_t rights_on_files(int version) {
    int bits = 13 + (version >= 2) + (version >= 3) + (version >= 5);
    return (UINT64_C(1) << bits) - 1;
}

int anb_landlock_enter(void) {
    int version = anb_landlock_version();
    struct ruleset rules = {.files = rights_on_files(version)};
    size_t size = offsetof(struct ruleset, network);
    if (version >= 4) {
        rules.network = 3;  // bind and connect of TCP
        size = offsetof(struct ruleset, scope);
    }
    if (version >= 6) {
        rules.scope = 3;  // abstract sockets and signals
        size = sizeof rules;
    }
    long descriptor = syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (descriptor < 0) return -1;
    // No rule is added: none of these rights is given back.
    long code = syscall(SYS_landlock_restrict_self, descriptor, 0);
    close((int)descriptor);
    return (int)code;
}
