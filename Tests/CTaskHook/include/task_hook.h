#ifndef ANB_TASK_HOOK_H
#define ANB_TASK_HOOK_H

// Swift's concurrency runtime asks a hook before it gives a job to its thread pool. The hook and the function that runs
// a job have Swift's calling convention, which only C can spell. Other threads of the process do not notice any of it.

/// Takes a job that became ready.
typedef void (*anb_take_job)(void *_Nonnull context, void *_Nonnull job);

/// From here on every job that becomes ready by what this thread does goes to `take` instead of the thread pool.
void anb_task_hook_begin(anb_take_job _Nonnull take, void *_Nonnull context);

/// Ends what `anb_task_hook_begin` began.
void anb_task_hook_end(void);

/// Runs one job on this thread, up to its next suspension.
void anb_task_hook_run(void *_Nonnull job);

#endif
