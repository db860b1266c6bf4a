// The module on one screen: the kernel table, one way to run it, and what JavaScript may ask about the machine.
#include <napi.h>
#include <node_api.h>

#include "binding/session.h"
#include "core/cpu.h"
#include "core/dispatch.h"
#include "core/pool.h"

namespace gradtape {

namespace {

// The hot entry: raw Node-API, since the wrapper costs more than a small kernel.
napi_value run(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  napi_value status = nullptr;
  napi_create_int32(env, static_cast<Session*>(data)->run(), &status);
  return status;
}

Session& session_of(const Napi::CallbackInfo& info) { return *static_cast<Session*>(info.Data()); }

void bind(const Napi::CallbackInfo& info) {
  if (!info[0].IsArrayBuffer()) throw Napi::TypeError::New(info.Env(), "bind: needs an ArrayBuffer");
  session_of(info).bind(info[0].As<Napi::ArrayBuffer>());
}

Napi::Value error(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), session_of(info).error()); }

Napi::Value address(const Napi::CallbackInfo& info) {
  if (!info[0].IsArrayBuffer()) throw Napi::TypeError::New(info.Env(), "address: needs an ArrayBuffer");
  return Napi::Number::New(info.Env(), static_cast<double>(reinterpret_cast<uintptr_t>(info[0].As<Napi::ArrayBuffer>().Data())));
}

Napi::Value counts(const Napi::CallbackInfo& info) {
  const std::vector<double>& counts = session_of(info).counts();
  Napi::Float64Array result = Napi::Float64Array::New(info.Env(), counts.size());
  for (size_t i = 0; i < counts.size(); i++) result[i] = counts[i];
  return result;
}

Napi::Value threads(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), thread_count()); }

void set_threads(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber()) throw Napi::TypeError::New(info.Env(), "setThreads: needs a number");
  set_thread_count(info[0].As<Napi::Number>().Int32Value());
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  const Isa isa = detect_isa();
  const Table& table = table_for(isa);
  // One per isolate, freed with it: workers share nothing but the thread pool.
  Session* session = new Session(table);
  env.SetInstanceData<Session>(session);

  Napi::Array kernels = Napi::Array::New(env, table.count);
  for (int32_t i = 0; i < table.count; i++) kernels.Set(i, table.rows[i].name);
  exports.Set("kernels", kernels);
  exports.Set("isa", name_of(isa));

  napi_value run_function = nullptr;
  napi_create_function(env, "run", NAPI_AUTO_LENGTH, run, session, &run_function);
  exports.Set("run", Napi::Value(env, run_function));
  exports.Set("bind", Napi::Function::New<bind>(env, "bind", session));
  exports.Set("error", Napi::Function::New<error>(env, "error", session));
  exports.Set("address", Napi::Function::New<address>(env, "address", session));
  exports.Set("counts", Napi::Function::New<counts>(env, "counts", session));
  exports.Set("threads", Napi::Function::New<threads>(env, "threads", session));
  exports.Set("setThreads", Napi::Function::New<set_threads>(env, "setThreads", session));
  return exports;
}

}  // namespace

}  // namespace gradtape

static Napi::Object init_addon(Napi::Env env, Napi::Object exports) { return gradtape::init(env, exports); }

NODE_API_MODULE(gradtape, init_addon)
