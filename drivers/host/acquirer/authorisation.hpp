#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/random.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/checks.hpp"
#include "drivers/host/acquirer/orders.hpp"
#include "drivers/host/acquirer/settlement.hpp"
#include "drivers/host/recording/stand_in.hpp"

namespace posbench::host {

/// How a recording answered (host.replayed).
struct Replayed {
    enum class Answer {
        given,      ///< as it was recorded
        withheld,   ///< none was recorded
        hung_up,    ///< none, and the connection ended
        missing,    ///< nothing is left for such a request
        overruled,  ///< what was recorded cannot be booked
    };
    Answer answer = Answer::missing;
    std::size_t line = 0;      ///< of the recording, taken or nearest; 0: none
    runtime::Duration wait{};  ///< from the request to the answer, or to the end of the connection
    std::string detail;        ///< what differs, or why it was overruled
};
std::string_view to_string(Replayed::Answer answer) noexcept;

/// What has become of an order (host.order).
struct OrderChange {
    std::string_view state;   ///< of trace::words::order_states
    std::string_view reason;  ///< of trace::words::order_reasons, where it is closed
    const Transaction* transaction = nullptr;
    const WalletProfile* wallet = nullptr;  ///< null: no customer has it on the phone
    std::optional<Posting> posted{};        ///< it is paid
};

/// A decision that was taken: the books are already as it says.
struct Outcome {
    iso8583::Message reply;            ///< without field 64
    bool with_mac = false;             ///< field 64 is due
    ByteView header;                   ///< of the frame, in the profile
    std::string_view check{};          ///< which of the host's checks refused; empty: none did
    std::optional<Posting> posted;     ///< what changed in the ledger
    std::optional<Compared> compared;  ///< the totals of a settlement
    std::optional<Replayed> replayed;  ///< a recording was to answer
    std::optional<OrderChange> order;  ///< what it has made of an order
};

/// Decides every request: network management (sign_in.hpp), transactions (check_order.cpp has what is asked
/// of each) and settlement (settlement.hpp). Where the profile has a recording, that answers transactions,
/// and the books follow it (replay.cpp). Decides at once; when and whether the answer is sent is not its
/// business.
class Authorisation {
  public:
    Authorisation(const Profile& profile, Sessions& sessions, Ledger& ledger, const runtime::Random& random);

    Outcome decide(const Request& request, runtime::WallTime now);
    /// An answer with this code, nothing decided: what a switch says that cannot reach the issuer.
    Outcome refuse_unasked(const Request& request, std::string_view code, runtime::WallTime now);

    /// When something becomes of an order by itself; none while none waits.
    std::optional<runtime::WallTime> next_order_due() const noexcept { return orders_.next_due(); }
    /// What becomes of the next order that is due by now: its customer confirms or refuses, or it expires.
    std::optional<OrderChange> tend_order(runtime::WallTime now);
    /// A customer scans the code that a terminal shows; an empty one is the last that is shown. None when no
    /// order waits under it.
    std::optional<OrderChange> scan(const WalletProfile& wallet, std::string_view code,
                                    runtime::WallTime now);

  private:
    Outcome decide_management(const Request& request, runtime::WallTime now);
    Outcome decide_settlement(const Request& request, runtime::WallTime now);
    Outcome settle_batch(const Request& request, TerminalBatch& batch, runtime::WallTime now);
    Outcome decide_transaction(const Request& request, TransactionType type, runtime::WallTime now);
    void note_upload(const Request& request);
    /// The words of an approval.
    struct Approval {
        std::string_view code;           ///< field 39
        std::string rrn;                 ///< 37
        std::string authorisation_code;  ///< 38
    };
    Outcome approve(Deciding& deciding);
    Outcome approve(Deciding& deciding, const Approval& approval);
    /// @param check that refuses, by name; empty: something else does
    Outcome refuse(Deciding& deciding, std::string_view code, std::string_view check);
    std::optional<OrderChange> remember_refused(const Deciding& deciding, std::string_view code,
                                                std::string_view rrn);
    Outcome repeat(const Deciding& deciding);
    static void answer_card(const Deciding& deciding, std::string_view code, iso8583::Message& reply);
    std::optional<Posting> enter_approved(Deciding& deciding, const Transaction& transaction);
    void file(Transaction& transaction);
    Posting reverse(Transaction& original);
    Outcome answer(const Request& request, std::string_view code, std::string_view rrn,
                   runtime::WallTime now);
    Transaction transaction_of(const Deciding& deciding, std::string_view code, std::string_view rrn) const;
    std::string authorisation_code(const Deciding& deciding);
    std::string next_rrn(runtime::WallTime now);

    // order_decisions.cpp: payments by code
    Outcome decide_order(Deciding& deciding);
    Outcome open_order(Deciding& deciding);
    Outcome answer_order(const Deciding& deciding, std::string_view code);
    Transaction& enter_order(const Deciding& deciding, std::string_view rrn);
    OrderChange pay(Transaction& order, std::string_view account);
    OrderChange close(Transaction& order, std::string_view reason);
    /// Null where there is one with this key.
    Transaction* forestall(const TransactionKey& key);
    /// The order that a query or a close names, which never came: none where there is something of its name.
    std::optional<OrderChange> forestall_order(const Deciding& deciding, std::string_view reason);

    // replay.cpp: a recording answers
    Outcome replay(Deciding& deciding);
    Outcome replay_missing(Deciding& deciding);
    Outcome replay_reply(Deciding& deciding, const RecordedExchange& recorded, Replayed& replayed);
    Outcome approve_as(Deciding& deciding, const iso8583::Message& reply);
    void open_account(const Deciding& deciding);
    Outcome replay_order(Deciding& deciding, const iso8583::Message& reply, Replayed& replayed);
    Outcome replay_opening(Deciding& deciding, const iso8583::Message& reply, Replayed& replayed);
    Transaction& enter_as_recorded(Deciding& deciding, const iso8583::Message& reply);
    OrderChange pay_as_recorded(Transaction& order, const iso8583::Message& reply);

    const Profile& profile_;
    Sessions& sessions_;
    Ledger& ledger_;
    Issuer issuer_;
    Orders orders_;
    std::optional<StandIn> stand_in_;
    runtime::Random key_random_;
    runtime::Random code_random_;
    std::uint32_t last_rrn_ = 0;
};

}  // namespace posbench::host
