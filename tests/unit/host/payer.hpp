#pragma once

#include <string>
#include <string_view>

#include "tests/unit/host/support.hpp"

namespace posbench::test {

/// Payment codes of wallets of 1000.00, but `poor`, which has 1.00.
inline constexpr std::string_view prompt_code = "6212345678901234", slow_code = "621234567890123456",
                                  never_code = "62123456789012345678",
                                  refusing_code = "6212345678901234567890",
                                  poor_code = "621234567890123456789012";

/// Money of the wallets in the ledger.
inline constexpr std::string_view prompt_account = "wallet 1", slow_account = "wallet 2",
                                  poor_account = "wallet 5";

/// Customers with wallets, and a terminal that has signed in.
class Payer {
  public:
    explicit Payer(std::string_view over = {});

    /// 51 with this payment code, 52 with none.
    iso8583::Message scan_payment(std::int64_t amount, std::string_view code);
    iso8583::Message present_payment(std::int64_t amount);
    /// 53 and 54 of the order that `opening` opened, or asked for.
    iso8583::Message query(const iso8583::Message& opening);
    iso8583::Message close(const iso8583::Message& opening);
    iso8583::Message refund(std::int64_t amount, const iso8583::Message& opening);

    std::string code(const iso8583::Message& message) { return client.code(message); }
    std::int64_t balance(std::string_view account) const {
        return bench.host->ledger().balance(account).minor();
    }
    /// "state reason wallet" of each host.order, in a line.
    std::string orders() const;
    std::size_t posted() const { return bench.events(trace::Kind::host_posted).size(); }

    HostBench bench;
    Client client;

  private:
    iso8583::Message by_code(iso8583::TransactionType type, std::int64_t amount);
    iso8583::Message about(iso8583::TransactionType type, const iso8583::Message& opening);
};

/// The wallets of the codes above, as a host profile has them.
extern const std::string_view wallets;

}  // namespace posbench::test
