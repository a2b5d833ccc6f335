using System.Collections;

namespace FhirOrchestrator.Fhir.Path;

/// <summary>A collection of FHIRPath: ordered, immutable, without an allocation for none or one.</summary>
internal readonly struct Sequence
{
    private readonly PathItem? _one;
    private readonly PathItem[]? _many;

    internal Sequence(PathItem[] many, int count) => (_many, Count) = (many, count);

    public Sequence(PathItem? one) => (_one, Count) = (one, one is null ? 0 : 1);

    public static Sequence Empty => default;

    public static Sequence True => new(BooleanItem.True);

    public static Sequence False => new(BooleanItem.False);

    public int Count { get; }

    public bool IsEmpty => Count == 0;

    public PathItem this[int index] => _many is null ? _one! : _many[index]; // one item: the field is set

    public static Sequence Of(bool value) => value ? True : False;

    public static Sequence Of(bool? value) => value is { } known ? Of(known) : default;

    public static Sequence Of(int value) => new(new IntegerItem(value));

    public static Sequence Of(string? value) => value is null ? default : new(new StringItem(value));

    public static Sequence Of(ImmutableArray<PathItem> items) =>
        items.Length == 1 ? new(items[0]) : new([.. items], items.Length);

    /// <summary>A part of it; both ends are cut to what there is.</summary>
    public Sequence Slice(int start, int count)
    {
        start = Math.Clamp(start, 0, Count);
        count = Math.Clamp(count, 0, Count - start);
        if (count == Count)
        {
            return this;
        }

        return count switch
        {
            0 => default,
            1 => new Sequence(this[start]),
            _ => new Sequence(_many![start..(start + count)], count), // more than one item: the array is set
        };
    }

    public ImmutableArray<PathItem> ToItems() => Count switch
    {
        0 => [],
        _ when _many is null => [this[0]],
        _ => ImmutableArray.Create(_many, 0, Count),
    };

    public Enumerator GetEnumerator() => new(this);

    internal struct Enumerator(Sequence sequence) : IEnumerator<PathItem>
    {
        private int _at = -1;

        public readonly PathItem Current => sequence[_at];

        readonly object IEnumerator.Current => Current;

        public bool MoveNext() => ++_at < sequence.Count;

        public void Reset() => _at = -1;

        public readonly void Dispose()
        {
        }
    }
}

/// <summary>Collects a sequence within the evaluation's limit of items.</summary>
internal struct SequenceBuilder(Evaluation run)
{
    private PathItem? _first;
    private PathItem[]? _items;

    public int Count { get; private set; }

    public readonly Evaluation Run => run;

    public void Add(PathItem item)
    {
        if (Count == 0)
        {
            _first = item;
            Count = 1;
            return;
        }

        if (_items is null)
        {
            _items = new PathItem[4];
            _items[0] = _first!; // the count says that it is set
        }
        else if (Count == _items.Length)
        {
            run.CheckItems(Count);
            Array.Resize(ref _items, Count * 2);
        }

        _items[Count++] = item;
    }

    public void Add(Sequence items)
    {
        run.Charge(items.Count);
        for (var at = 0; at < items.Count; at++)
        {
            Add(items[at]);
        }
    }

    public readonly Sequence Build() =>
        _items is null ? new Sequence(Count == 0 ? null : _first) : new Sequence(_items, Count);
}
