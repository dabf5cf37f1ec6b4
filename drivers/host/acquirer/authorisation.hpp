#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/random.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/host/acquirer/checks.hpp"
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

/// A decision that was taken: the books are already as it says.
struct Outcome {
    iso8583::Message reply;            ///< without field 64
    bool with_mac = false;             ///< field 64 is due
    ByteView header;                   ///< of the frame, in the profile
    std::string_view check{};          ///< which of the host's checks refused; empty: none did
    std::optional<Posting> posted;     ///< what changed in the ledger
    std::optional<Compared> compared;  ///< the totals of a settlement
    std::optional<Replayed> replayed;  ///< a recording was to answer
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

    // replay.cpp: a recording answers
    Outcome replay(Deciding& deciding);
    Outcome replay_missing(Deciding& deciding);
    Outcome replay_reply(Deciding& deciding, const RecordedExchange& recorded, Replayed& replayed);
    Outcome approve_as(Deciding& deciding, const iso8583::Message& reply);
    void open_account(const Deciding& deciding);

    const Profile& profile_;
    Sessions& sessions_;
    Ledger& ledger_;
    Issuer issuer_;
    std::optional<StandIn> stand_in_;
    runtime::Random key_random_;
    runtime::Random code_random_;
    std::uint32_t last_rrn_ = 0;
};

}  // namespace posbench::host
