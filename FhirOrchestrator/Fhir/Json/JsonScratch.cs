using System.Runtime.InteropServices;

namespace FhirOrchestrator.Fhir.Json;

/// <summary>
/// Where a reading collects members and items until it knows how many there are. One for each thread, used again;
/// nothing of what was read stays in it.
/// </summary>
internal sealed class JsonScratch
{
    // A scratch that grew beyond this is not kept.
    private const int KeptMax = 4096;

    [ThreadStatic]
    private static JsonScratch? t_free;

    private Member[] _members = new Member[64];
    private Node[] _items = new Node[64];

    // How far they were ever filled: what was taken stays in them until the end.
    private int _membersMax;
    private int _itemsMax;

    private JsonScratch()
    {
    }

    /// <summary>How many members wait for their object.</summary>
    public int MemberCount { get; private set; }

    /// <summary>How many items wait for their array.</summary>
    public int ItemCount { get; private set; }

    /// <summary>The members that wait, from one on.</summary>
    public ReadOnlySpan<Member> MembersFrom(int bottom) => _members.AsSpan(bottom, MemberCount - bottom);

    /// <summary>The thread's own, or a new one.</summary>
    public static JsonScratch Take()
    {
        var free = t_free ?? new JsonScratch();
        t_free = null;
        return free;
    }

    /// <summary>Gives it back to the thread.</summary>
    public void Return()
    {
        if (_members.Length > KeptMax || _items.Length > KeptMax)
        {
            return;
        }

        _members.AsSpan(0, Math.Max(_membersMax, MemberCount)).Clear();
        _items.AsSpan(0, Math.Max(_itemsMax, ItemCount)).Clear();
        (MemberCount, ItemCount, _membersMax, _itemsMax) = (0, 0, 0, 0);
        t_free = this;
    }

    public void Push(Member member)
    {
        if (MemberCount == _members.Length)
        {
            Array.Resize(ref _members, MemberCount * 2);
        }

        _members[MemberCount++] = member;
    }

    public void Push(Node item)
    {
        if (ItemCount == _items.Length)
        {
            Array.Resize(ref _items, ItemCount * 2);
        }

        // Through a span: storing into an array of a type that has heirs asks for the value's type each time.
        _items.AsSpan()[ItemCount++] = item;
    }

    /// <summary>Takes the members from one on.</summary>
    public ImmutableArray<Member> PopMembers(int bottom)
    {
        _membersMax = Math.Max(_membersMax, MemberCount);
        var taken = _members.AsSpan(bottom, MemberCount - bottom).ToArray();
        MemberCount = bottom;
        return ImmutableCollectionsMarshal.AsImmutableArray(taken);
    }

    /// <summary>Takes the items from one on.</summary>
    public ImmutableArray<Node> PopItems(int bottom)
    {
        _itemsMax = Math.Max(_itemsMax, ItemCount);
        var taken = _items.AsSpan(bottom, ItemCount - bottom).ToArray();
        ItemCount = bottom;
        return ImmutableCollectionsMarshal.AsImmutableArray(taken);
    }
}
