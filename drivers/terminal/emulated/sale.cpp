#include <utility>

#include "drivers/terminal/emulated/families.hpp"

namespace posbench::terminal {

runtime::Task<End> conduct_sale(Transaction& sale) {
    Step end = sale.has_room();
    if (!end) end = co_await sale.enter_amount();
    if (!end) end = co_await sale.read_card();
    if (!end) end = co_await sale.make_ready();
    if (!end) end = co_await sale.verify_holder();
    if (end) co_return *std::move(end);
    if (sale.approved_by_card()) co_return co_await sale.accept_certificate();
    End answered = co_await sale.go_online();
    if (!sale.confirmed_again()) co_return answered;
    sale.data.stan = co_await sale.parts().journal.take_stan();
    co_return co_await sale.go_online();
}

}  // namespace posbench::terminal
