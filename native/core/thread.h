// Threads of our own: detached, deaf to signals, never destroyed.
#pragma once

namespace gradtape {

// Starts `work(context)` on a new thread; false when the system gives no more.
bool start_thread(void* (*work)(void*), void* context);

}  // namespace gradtape
