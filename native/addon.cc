// The module on one screen: the kernel table, one way to run it, and what JavaScript may ask about the machine.
#include <napi.h>
#include <node_api.h>

#include "binding/loops.h"
#include "binding/session.h"
#include "core/cpu.h"
#include "core/dispatch.h"
#include "core/pages.h"
#include "core/pool.h"

namespace gradtape {

namespace {

// What an isolate has.
struct Instance {
  explicit Instance(const Table& table) : session(table), loops(session) {}
  Session session;
  Loops loops;
};

// The hot entries: raw Node-API, since the wrapper costs more than a small kernel.
Session& session_of(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  return static_cast<Instance*>(data)->session;
}

napi_value status_of(napi_env env, int32_t value) {
  napi_value status = nullptr;
  napi_create_int32(env, value, &status);
  return status;
}

napi_value run(napi_env env, napi_callback_info info) { return status_of(env, session_of(env, info).run()); }
napi_value replay(napi_env env, napi_callback_info info) { return status_of(env, session_of(env, info).replay()); }
napi_value create_program(napi_env env, napi_callback_info info) { return status_of(env, session_of(env, info).create_program()); }

Instance& instance_of(const Napi::CallbackInfo& info) { return *static_cast<Instance*>(info.Data()); }
Session& session_of(const Napi::CallbackInfo& info) { return instance_of(info).session; }

Napi::Float64Array numbers(Napi::Env env, const std::vector<double>& values) {
  Napi::Float64Array result = Napi::Float64Array::New(env, values.size());
  for (size_t i = 0; i < values.size(); i++) result[i] = values[i];
  return result;
}

// As `replay`, but gives the microseconds of each instruction, or throws.
Napi::Value time(const Napi::CallbackInfo& info) {
  std::vector<double> times;
  if (session_of(info).replay(&times) != 0) throw Napi::Error::New(info.Env(), session_of(info).error());
  return numbers(info.Env(), times);
}

void release_program(const Napi::CallbackInfo& info) {
  if (info[0].IsNumber()) session_of(info).release_program(info[0].As<Napi::Number>().Int32Value());
}

Napi::Value start_loop(const Napi::CallbackInfo& info) { return instance_of(info).loops.start(info.Env()); }

void bind(const Napi::CallbackInfo& info) {
  if (!info[0].IsArrayBuffer()) throw Napi::TypeError::New(info.Env(), "bind: needs an ArrayBuffer");
  session_of(info).bind(info[0].As<Napi::ArrayBuffer>());
}

Napi::Value error(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), session_of(info).error()); }

// Asked once for each new block, before anything is written there.
Napi::Value address(const Napi::CallbackInfo& info) {
  if (!info[0].IsArrayBuffer()) throw Napi::TypeError::New(info.Env(), "address: needs an ArrayBuffer");
  Napi::ArrayBuffer buffer = info[0].As<Napi::ArrayBuffer>();
  prefer_large_pages(buffer.Data(), static_cast<int64_t>(buffer.ByteLength()));
  return Napi::Number::New(info.Env(), static_cast<double>(reinterpret_cast<uintptr_t>(buffer.Data())));
}

Napi::Value counts(const Napi::CallbackInfo& info) { return numbers(info.Env(), session_of(info).counts()); }

Napi::Value threads(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), thread_count()); }

void set_threads(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber()) throw Napi::TypeError::New(info.Env(), "setThreads: needs a number");
  set_thread_count(info[0].As<Napi::Number>().Int32Value());
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  const Isa isa = detect_isa();
  const Table& table = table_for(isa);
  // One per isolate, freed with it: workers share nothing but the thread pool.
  auto* instance = new Instance(table);
  env.SetInstanceData<Instance>(instance);

  Napi::Array kernels = Napi::Array::New(env, table.count);
  for (int32_t i = 0; i < table.count; i++) kernels.Set(i, table.rows[i].name);
  exports.Set("kernels", kernels);
  exports.Set("isa", name_of(isa));

  const auto export_hot = [&](const char* name, napi_callback callback) {
    napi_value function = nullptr;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, instance, &function);
    exports.Set(name, Napi::Value(env, function));
  };
  export_hot("run", run);
  export_hot("replay", replay);
  export_hot("createProgram", create_program);
  exports.Set("time", Napi::Function::New<time>(env, "time", instance));
  exports.Set("releaseProgram", Napi::Function::New<release_program>(env, "releaseProgram", instance));
  exports.Set("startLoop", Napi::Function::New<start_loop>(env, "startLoop", instance));
  exports.Set("bind", Napi::Function::New<bind>(env, "bind", instance));
  exports.Set("error", Napi::Function::New<error>(env, "error", instance));
  exports.Set("address", Napi::Function::New<address>(env, "address", instance));
  exports.Set("counts", Napi::Function::New<counts>(env, "counts", instance));
  exports.Set("threads", Napi::Function::New<threads>(env, "threads", instance));
  exports.Set("setThreads", Napi::Function::New<set_threads>(env, "setThreads", instance));
  return exports;
}

}  // namespace

}  // namespace gradtape

static Napi::Object init_addon(Napi::Env env, Napi::Object exports) { return gradtape::init(env, exports); }

NODE_API_MODULE(gradtape, init_addon)
