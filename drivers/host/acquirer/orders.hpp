#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "bench/runtime/random.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/transaction.hpp"
#include "drivers/host/acquirer/wallet_profile.hpp"
#include "drivers/protocols/iso8583/codes.hpp"

namespace posbench::host {

/// Field 39 about an order: it waits for its customer; it will not be paid; there is none; it is paid, and so
/// cannot be closed.
inline constexpr std::string_view order_pending = iso8583::request_in_progress, order_closed = "17",
                                  order_unknown = "25", order_paid_already = "22";

/// What an answer makes its terminal believe of an order.
enum class Told { nothing, waits, is_paid, is_closed };
/// @param type of the request that opens, asks for or closes it
/// @param code field 39 of the answer
Told told(TransactionType type, std::string_view code) noexcept;

/// An order (a payment by code) that is not paid yet.
struct Order {
    Transaction* transaction = nullptr;
    const WalletProfile* wallet = nullptr;  ///< null: no customer has it on the phone
    runtime::WallTime expires;
    std::optional<runtime::WallTime> answers;  ///< the customer confirms or refuses then; none: never
    std::string code;                          ///< that the terminal shows; empty: it scanned the customer's
    std::uint64_t number = 0;                  ///< in the order of their opening

    /// When something becomes of it by itself.
    runtime::WallTime due() const noexcept { return answers && *answers < expires ? *answers : expires; }
    bool expires_first() const noexcept { return !answers || expires <= *answers; }
};

/// The orders that wait for their customers, and when each wait ends. Decides nothing, and knows no books.
/// What it holds is bounded: at most `most_orders`, none longer than the lifetime of an order.
class Orders {
  public:
    static constexpr std::size_t most_orders = 100'000;

    Orders(runtime::Duration lifetime, const runtime::Random& random) noexcept
        : lifetime_(lifetime), random_(random) {}

    bool full() const noexcept { return orders_.size() >= most_orders; }
    std::size_t size() const noexcept { return orders_.size(); }

    /// A code for the terminal to show, which no waiting order has: letters, so that nothing takes it for a
    /// number of a card.
    std::string draw_code();
    /// Precondition: not full(), and the transaction's key is not there
    Order& open(Transaction& transaction, std::string code, runtime::WallTime now);
    /// A customer has it on the phone: by the wallet's settings he answers at once, later or never.
    void scanned(Order& order, const WalletProfile& wallet, runtime::WallTime now);
    void end(const TransactionKey& key);

    /// Here and below: null when there is none.
    Order* find(const TransactionKey& key) noexcept;
    /// Shown by a terminal under this code, and scanned by nobody.
    Order* find_shown(std::string_view code) noexcept;
    /// The last that a terminal shows and nobody has scanned.
    Order* last_shown() noexcept;

    /// When something becomes of one of them by itself; none while none waits.
    std::optional<runtime::WallTime> next_due() const noexcept;
    /// The order of next_due(), if that has come.
    Order* due(runtime::WallTime now) noexcept;

  private:
    /// Another order may be shown under the same code: a recording brings its own.
    void unlist(const Order& order);

    runtime::Duration lifetime_;
    runtime::Random random_;
    std::uint64_t last_number_ = 0;
    std::map<TransactionKey, Order> orders_;
    std::set<std::pair<runtime::WallTime, TransactionKey>> by_due_;
    std::map<std::string, TransactionKey, std::less<>> by_code_;  ///< shown, and not scanned
    std::map<std::uint64_t, TransactionKey> by_number_;           ///< the same
};

}  // namespace posbench::host
