// Threads that run loops, one at a time each, and tell when one has ended.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "loop.h"

namespace gradtape {

// A thread that waits for loops. It may outlive its owner by the moment it takes to end.
class Runner {
 public:
  // Null when the system gives no more threads.
  static std::shared_ptr<Runner> start();

  // Has the thread run the loop, then `ended`, which is called on that thread. Not while another loop runs.
  void run(std::shared_ptr<Loop> loop, std::function<void()> ended);
  bool is_idle();
  // Returns when the loop at hand, stopped and unpaused, has ended; the thread takes no other.
  void quit();

 private:
  static void* work(void* self);

  std::mutex lock_;
  std::condition_variable changed_;
  std::shared_ptr<Loop> loop_;
  std::function<void()> ended_;
  bool quits_ = false;
};

}  // namespace gradtape
