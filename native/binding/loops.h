// Loops off the JavaScript thread, as JavaScript sees them: a promise, and a few functions.
#pragma once
#include <napi.h>

#include <memory>
#include <vector>

#include "../program/runner.h"
#include "session.h"

namespace gradtape {

// The loops of one isolate. Its threads end before the memory they work on does.
class Loops {
 public:
  explicit Loops(Session& session) : session_(session) {}

  // Starts the loop whose words are in the session's buffer. Gives { done, progress, stop, pause, resume }, or throws.
  Napi::Value start(Napi::Env env);

 private:
  // What its end finds.
  struct Task {
    Loops* owner;
    std::shared_ptr<Loop> loop;
    napi_deferred deferred;
  };

  static void settle(napi_env env, napi_value callback, void* context, void* data);
  static void quit(void* self);
  void open(Napi::Env env);
  std::shared_ptr<Runner> idle_runner();

  Session& session_;
  std::vector<std::shared_ptr<Runner>> runners_;
  napi_threadsafe_function tell_ = nullptr;
  int active_ = 0;
};

}  // namespace gradtape
