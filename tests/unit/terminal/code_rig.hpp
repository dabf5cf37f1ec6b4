#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tests/support/catch.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

/// The terminal's payments by code before a host that keeps orders.
namespace posbench::terminal::testing {

inline constexpr std::string_view payment_code = "621094800000001234";
inline constexpr std::string_view scanned = "51", presented = "52", queried = "53", closed = "54",
                                  given_back = "55";  // 60.1

/// What a host makes of 60.1 51 to 55, in the place of ScriptedHost's own answers.
class OrderBook {
  public:
    explicit OrderBook(ScriptedHost& host) : host_(host) {
        host.decide = [this](const iso8583::Message& request, iso8583::Message& reply) {
            return decide(request, reply);
        };
    }

    int paid_after = 0;         ///< queries until the customer confirms; 0: at once, -1: never
    bool refused = false;       ///< the customer refuses at the first query
    std::string answer;         ///< field 39 of each 51 and 52, in the place of what becomes of it
    std::string query_answer;   ///< of each 53
    std::string close_answer;   ///< of each 54
    std::string code = "PAY/";  ///< field 59 of answers to 52, before the STAN
    std::map<std::string, int, std::less<>> lost;  ///< by 60.1: answers that still get lost
    std::map<std::string, int, std::less<>> deaf;  ///< requests that still get lost
    bool late = false;                             ///< the customer pays before the next close

    /// Paid less what was given back, minor units.
    std::int64_t paid() const {
        std::int64_t sum = 0;
        for (const auto& [name, order] : orders_)
            if (order.state == "00") sum += order.amount - order.refunded;
        return sum;
    }
    int count(std::string_view type) const {
        int found = 0;
        for (const iso8583::Message& request : host_.requests)
            if (is_of(request, type)) ++found;
        return found;
    }
    const iso8583::Message& last(std::string_view type) const {
        for (auto request = host_.requests.rbegin(); request != host_.requests.rend(); ++request)
            if (is_of(*request, type)) return *request;
        throw std::logic_error("no such request");
    }

  private:
    struct Order {
        std::int64_t amount = 0, refunded = 0;
        std::string state = "09";
        int queries = 0;
    };

    static bool is_of(const iso8583::Message& request, std::string_view type) {
        return (request.mti() == "0200" || request.mti() == "0220") && request.get(60).substr(0, 2) == type;
    }

    bool decide(const iso8583::Message& request, iso8583::Message& reply) {
        const std::string type(request.get(60).substr(0, 2));
        if (request.mti() != "0200" && request.mti() != "0220") return true;
        if (type < scanned || type > given_back) return true;
        if (deaf[type] > 0) {
            --deaf[type];
            return false;
        }
        const std::string decided = type == given_back ? refund(request)
                                    : type == closed   ? close(request)
                                    : type == queried  ? query(request)
                                                       : open(request);
        reply.set(39, decided);
        if (type == presented && decided == "09") reply.set(59, code + std::string(request.get(11)));
        if (lost[type] == 0) return true;
        --lost[type];
        return false;
    }
    std::string open(const iso8583::Message& request) {
        if (!answer.empty()) return answer;
        const std::string name = std::string(request.get(60).substr(2, 6)) + std::string(request.get(11));
        const auto [found, added] = orders_.emplace(name, Order{std::stoll(std::string(request.get(4)))});
        if (!added) return found->second.state == "17" ? "17" : "94";
        if (paid_after == 0) found->second.state = "00";
        return found->second.state;
    }
    std::string query(const iso8583::Message& request) {
        const auto found = orders_.find(request.get(61));
        if (!query_answer.empty()) return query_answer;
        if (found == orders_.end()) return "25";
        Order& order = found->second;
        if (order.state == "09" && refused) order.state = "17";
        if (order.state == "09" && ++order.queries == paid_after) order.state = "00";
        return order.state;
    }
    std::string close(const iso8583::Message& request) {
        const auto found = orders_.find(request.get(61));
        if (!close_answer.empty()) return close_answer;
        if (found == orders_.end()) {
            orders_.emplace(request.get(61), Order{0, 0, "17"});
            return "25";
        }
        Order& order = found->second;
        if (order.state == "09") order.state = late ? "00" : "17";
        return order.state == "00" ? "22" : "00";
    }
    std::string refund(const iso8583::Message& request) {
        const auto found = orders_.find(request.get(61));
        if (found == orders_.end()) return "25";
        const std::int64_t amount = std::stoll(std::string(request.get(4)));
        Order& order = found->second;
        if (refunds_[std::string(request.get(11))]++ > 0) return "94";
        if (order.refunded + amount > order.amount) return "64";
        order.refunded += amount;
        return "00";
    }

    ScriptedHost& host_;
    std::map<std::string, Order, std::less<>> orders_;  ///< by batch and STAN
    std::map<std::string, int> refunds_;                ///< times each came, by STAN
};

/// A terminal before such a host.
struct CodeRig : Rig {
    explicit CodeRig(std::string_view overrides = "") : Rig(overrides) {}
    OrderBook orders{host};

    void scan(std::string_view text) { application->scan(text); }

    /// Chooses a payment by the customer's code and scans it; comes back when the scanner has read it.
    void begin_scan(std::string_view minor = "1234") {
        start(Function::scan_payment, {{"amount", minor}});
        REQUIRE(until_prompt("code"));
        scan(payment_code);
    }
    /// The same to its end.
    void scan_payment(std::string_view minor = "1234") {
        begin_scan(minor);
        until_idle();
    }
    void present_payment(std::string_view minor = "1234") {
        start(Function::present_payment, {{"amount", minor}});
        until_idle();
    }
    void code_refund(std::string_view minor) {
        start(Function::code_refund, {{"reference", "061500000001"}, {"amount", minor}});
        until_idle();
    }
    void sign_in() {
        application->choose(Function::sign_in);
        until_idle();
    }
    std::string outcome() const {
        const trace::Event& event = last(trace::Kind::terminal_outcome);
        std::string text(event.text("outcome"));
        for (const char* field : {"reason", "code"})
            if (!event.text(field).empty()) text += " " + std::string(event.text(field));
        return text;
    }
    /// "store pending, update approved": what the journal did with payments by code.
    std::string journal() const {
        std::string text;
        for (const trace::Event* event : all(trace::Kind::terminal_journal)) {
            const std::string_view entry = event->text("entry");
            if (entry != "scan_payment" && entry != "present_payment") continue;
            text += (text.empty() ? "" : ", ") + std::string(event->text("op")) + " " +
                    std::string(event->text("state"));
        }
        return text;
    }
    /// Minor units that the journal holds of payments by code.
    std::int64_t booked() const {
        std::int64_t sum = 0;
        for (const trace::Event* event : all(trace::Kind::terminal_journal)) {
            const std::string_view entry = event->text("entry");
            if (event->text("state") != "approved") continue;
            if (entry == "code_refund") sum -= event->integer("amount").value_or(0);
            if (entry == "scan_payment" || entry == "present_payment")
                sum += event->integer("amount").value_or(0);
        }
        return sum;
    }
    int receipts(std::string_view transaction) const {
        return count(trace::Kind::terminal_printed, "transaction", transaction);
    }
};

}  // namespace posbench::terminal::testing
