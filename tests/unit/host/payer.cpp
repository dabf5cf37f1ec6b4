#include "tests/unit/host/payer.hpp"

#include <fmt/format.h>

namespace posbench::test {

using iso8583::Message;
using Type = iso8583::TransactionType;

const std::string_view wallets = R"(
[wallet.prompt]
code = "6212345678901234"
balance = "1000.00"
[wallet.slow]
code = "621234567890123456"
balance = "1000.00"
confirms = "8s"
[wallet.never]
code = "62123456789012345678"
balance = "1000.00"
confirms = "never"
[wallet.refusing]
code = "6212345678901234567890"
balance = "1000.00"
refuses = true
[wallet.poor]
code = "621234567890123456789012"
balance = "1.00"
confirms = "8s"
)";

Payer::Payer(std::string_view over) : bench(fmt::format("{}\n{}", over, wallets)), client(bench) {
    client.sign_in();
}

Message Payer::by_code(Type type, std::int64_t amount) {
    Message made = client.request(type, amount);
    for (const int field : {2, 14}) made.clear(field);
    made.set(22, "032");
    return made;
}

Message Payer::about(Type type, const Message& opening) {
    Message made = by_code(type, 0);
    made.clear(4);
    made.set(61, std::string(opening.get(60).substr(2, 6)) + std::string(opening.get(11)));
    return made;
}

Message Payer::scan_payment(std::int64_t amount, std::string_view code) {
    Message made = by_code(Type::scan_payment, amount);
    made.set(59, std::string(code));
    return made;
}

Message Payer::present_payment(std::int64_t amount) {
    return by_code(Type::present_payment, amount);
}

Message Payer::query(const Message& opening) {
    return about(Type::code_query, opening);
}

Message Payer::close(const Message& opening) {
    return about(Type::code_close, opening);
}

Message Payer::refund(std::int64_t amount, const Message& opening) {
    Message made = about(Type::code_refund, opening);
    made.set(4, fmt::format("{:012}", amount));
    return made;
}

std::string Payer::orders() const {
    std::string told;
    for (const trace::Event& event : bench.events(trace::Kind::host_order)) {
        told += told.empty() ? "" : "; ";
        told += event.text("state");
        for (const auto name : {"reason", "wallet"})
            if (!event.text(name).empty()) told += fmt::format(" {}", event.text(name));
    }
    return told;
}

}  // namespace posbench::test
