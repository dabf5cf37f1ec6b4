#include <utility>

#include "drivers/terminal/emulated/families.hpp"
#include "drivers/terminal/emulated/originals.hpp"

/// Pre-authorisations, and what becomes of them: named by authorisation code and date, of any day, with the
/// card. The void of a completion is in void.cpp.
namespace posbench::terminal {
namespace {

using runtime::Task;

Task<Step> name_pre_authorisation(Transaction& transaction) {
    Step end = transaction.has_room();
    if (!end) end = co_await ask_auth_code(transaction);
    if (!end) end = co_await ask_date(transaction);
    if (!end) end = co_await transaction.enter_amount();
    if (!end) end = co_await transaction.read_card();
    if (!end) end = co_await transaction.make_ready();
    co_return end;
}

}  // namespace

Task<End> conduct_pre_authorisation(Transaction& hold) {
    Step end = hold.has_room();
    if (!end) end = co_await hold.enter_amount();
    if (!end) end = co_await hold.read_card();
    if (!end) end = co_await hold.make_ready();
    if (!end) end = co_await hold.verify_holder();
    if (end) co_return *std::move(end);
    co_return co_await hold.go_online();
}

Task<End> conduct_pre_authorisation_void(Transaction& undo) {
    Step end = co_await name_pre_authorisation(undo);
    if (end) co_return *std::move(end);
    co_return co_await undo.go_online();
}

Task<End> conduct_completion(Transaction& completion) {
    Step end = co_await name_pre_authorisation(completion);
    if (end) co_return *std::move(end);
    co_return co_await completion.go_online();
}

Task<End> conduct_completion_advice(Transaction& completion) {
    Step end = co_await name_pre_authorisation(completion);
    if (end) co_return *std::move(end);
    co_return co_await completion.advise();
}

}  // namespace posbench::terminal
