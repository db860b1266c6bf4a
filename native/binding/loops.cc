// Starts loops on threads of their own, and settles their promises on the JavaScript thread.
#include "loops.h"

#include <exception>
#include <string>

namespace gradtape {

namespace {

// A method of a running loop; `f` is called with the loop.
template <typename F>
Napi::Function method(Napi::Env env, const char* name, const std::shared_ptr<Loop>& loop, F f) {
  return Napi::Function::New(
      env, [loop, f](const Napi::CallbackInfo& info) { return f(info.Env(), *loop); }, name);
}

}  // namespace

// Threads are told to end by a hook that is added after the function they call, and so runs before that is taken away.
void Loops::open(Napi::Env env) {
  if (tell_ != nullptr) return;
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "gradtape"), 0, 1, nullptr,
                                                             nullptr, this, settle, &tell_);
  if (status != napi_ok) throw Napi::Error::New(env, "native: loops cannot be told of");
  napi_unref_threadsafe_function(env, tell_);
  napi_add_env_cleanup_hook(env, quit, this);
}

void Loops::quit(void* self) {
  Loops& loops = *static_cast<Loops*>(self);
  for (const std::shared_ptr<Runner>& runner : loops.runners_) runner->quit();
  loops.runners_.clear();
}

std::shared_ptr<Runner> Loops::idle_runner() {
  for (const std::shared_ptr<Runner>& runner : runners_) {
    if (runner->is_idle()) return runner;
  }
  std::shared_ptr<Runner> runner = Runner::start();
  if (runner != nullptr) runners_.push_back(runner);
  return runner;
}

Napi::Value Loops::start(Napi::Env env) {
  open(env);
  Words words = session_.words();
  std::shared_ptr<Loop> loop;
  try {
    loop = Loop::read(words, session_.programs(), session_.table(), session_.error());
  } catch (const std::exception& failure) {
    throw Napi::Error::New(env, std::string("native: ") + failure.what());
  }
  if (loop == nullptr) throw Napi::Error::New(env, session_.error());
  const std::shared_ptr<Runner> runner = idle_runner();
  if (runner == nullptr) throw Napi::Error::New(env, "native: the system gives no more threads");
  auto* task = new Task{this, loop, nullptr};
  napi_value promise = nullptr;
  if (napi_create_promise(env, &task->deferred, &promise) != napi_ok) {
    delete task;
    throw Napi::Error::New(env, "native: no promise can be made");
  }
  if (active_++ == 0) napi_ref_threadsafe_function(env, tell_);
  Napi::Object running = Napi::Object::New(env);
  running.Set("done", Napi::Value(env, promise));
  running.Set("progress", method(env, "progress", loop, [](Napi::Env e, Loop& l) -> Napi::Value {
                return Napi::Number::New(e, static_cast<double>(l.progress()));
              }));
  running.Set("stop", method(env, "stop", loop, [](Napi::Env e, Loop& l) -> Napi::Value {
                l.stop();
                return e.Undefined();
              }));
  running.Set("pause", method(env, "pause", loop, [](Napi::Env e, Loop& l) -> Napi::Value {
                l.pause();
                return e.Undefined();
              }));
  running.Set("resume", method(env, "resume", loop, [](Napi::Env e, Loop& l) -> Napi::Value {
                l.resume();
                return e.Undefined();
              }));
  const napi_threadsafe_function tell = tell_;
  runner->run(loop, [tell, task] { napi_call_threadsafe_function(tell, task, napi_tsfn_blocking); });
  return running;
}

void Loops::settle(napi_env env, napi_value, void*, void* data) {
  const std::unique_ptr<Task> task(static_cast<Task*>(data));
  if (env == nullptr) return;  // the isolate ends, and nobody waits
  Loops& self = *task->owner;
  if (--self.active_ == 0) napi_unref_threadsafe_function(env, self.tell_);
  self.session_.count(task->loop->counts());
  // Plain calls: an isolate that is being ended refuses them, and an exception here would end the process.
  napi_value outcome = nullptr, message = nullptr;
  if (task->loop->error()[0] == '\0') {
    if (napi_create_double(env, static_cast<double>(task->loop->progress()), &outcome) == napi_ok)
      napi_resolve_deferred(env, task->deferred, outcome);
  } else if (napi_create_string_utf8(env, task->loop->error(), NAPI_AUTO_LENGTH, &message) == napi_ok &&
             napi_create_error(env, nullptr, message, &outcome) == napi_ok) {
    napi_reject_deferred(env, task->deferred, outcome);
  }
}

}  // namespace gradtape
