#include "task_hook.h"

#include <stddef.h>
#include <stdint.h>

#define SWIFT_CALL __attribute__((swiftcall))

typedef SWIFT_CALL void (*enqueue)(void *job);

extern SWIFT_CALL void (*swift_task_enqueueGlobal_hook)(void *job, enqueue original);

/// The second and third word are the executor; both zero is the generic one, on which code that is isolated to nothing
/// runs.
extern SWIFT_CALL void swift_job_run(void *job, void *identity, uintptr_t implementation);

static _Thread_local anb_take_job taker;
static _Thread_local void *taker_context;

static SWIFT_CALL void enqueue_global(void *job, enqueue original) {
    if (taker != NULL) {
        taker(taker_context, job);
    } else {
        original(job);
    }
}

/// Before there is a second thread that could look at the hook.
__attribute__((constructor)) static void install(void) { swift_task_enqueueGlobal_hook = enqueue_global; }

void anb_task_hook_begin(anb_take_job take, void *context) {
    taker_context = context;
    taker = take;
}

void anb_task_hook_end(void) { taker = NULL; }

void anb_task_hook_run(void *job) { swift_job_run(job, NULL, 0); }
