// Hands loops to threads.
#include "runner.h"

#include <new>
#include <utility>

#include "../core/thread.h"

namespace gradtape {

std::shared_ptr<Runner> Runner::start() {
  const std::shared_ptr<Runner> runner = std::make_shared<Runner>();
  // The thread's own share.
  auto* share = new (std::nothrow) std::shared_ptr<Runner>(runner);
  if (share == nullptr) return nullptr;
  if (start_thread(work, share)) return runner;
  delete share;
  return nullptr;
}

void* Runner::work(void* given) {
  const std::unique_ptr<std::shared_ptr<Runner>> share(static_cast<std::shared_ptr<Runner>*>(given));
  Runner& self = **share;
  std::unique_lock<std::mutex> lock(self.lock_);
  for (;;) {
    self.changed_.wait(lock, [&] { return self.loop_ != nullptr || self.quits_; });
    if (self.loop_ == nullptr) return nullptr;
    lock.unlock();
    self.loop_->run();
    // Told before the runner is idle, so that whoever waits for the runner knows that it will not tell any more.
    self.ended_();
    lock.lock();
    self.loop_ = nullptr;
    self.ended_ = nullptr;
    self.changed_.notify_all();
  }
}

void Runner::run(std::shared_ptr<Loop> loop, std::function<void()> ended) {
  const std::lock_guard<std::mutex> lock(lock_);
  loop_ = std::move(loop);
  ended_ = std::move(ended);
  changed_.notify_all();
}

bool Runner::is_idle() {
  const std::lock_guard<std::mutex> lock(lock_);
  return loop_ == nullptr;
}

void Runner::quit() {
  std::unique_lock<std::mutex> lock(lock_);
  quits_ = true;
  if (loop_ != nullptr) loop_->stop();
  changed_.notify_all();
  changed_.wait(lock, [&] { return loop_ == nullptr; });
}

}  // namespace gradtape
