using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>
/// Hides the values of <c>channel.header</c> from whoever reads a Subscription (Backport 1.1.0, security): they are
/// stored sealed (AES-256-GCM), and the seal holds only for the endpoint and the header that they were given for. So a
/// client may read, edit and write a Subscription back, and nobody can have another's secret sent to an endpoint of
/// their own.
/// </summary>
/// <param name="key">32 bytes that no reader of the FHIR server can see.</param>
internal sealed class HeaderSeal(byte[] key)
{
    /// <summary>What a sealed value begins with.</summary>
    public const string Mark = "sealed.";

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public static bool IsSealed(string value) => value.StartsWith(Mark, StringComparison.Ordinal);

    /// <summary>The sealed value. The same value for the same endpoint and header gives the same text.</summary>
    public string Seal(string endpoint, string name, string value)
    {
        var bound = Bound(endpoint, name);
        var plain = Encoding.UTF8.GetBytes(value);
        byte[] nonceSource = [.. bound, 0, .. plain];
        var nonce = HMACSHA256.HashData(key, nonceSource)[..NonceBytes];
        var box = new byte[NonceBytes + TagBytes + plain.Length];
        nonce.CopyTo(box, 0);
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(
            nonce, plain, box.AsSpan(NonceBytes + TagBytes), box.AsSpan(NonceBytes, TagBytes), bound);
        return Mark + Base64Url.EncodeToString(box);
    }

    /// <summary>The value in a sealed text; null where it was not sealed here for this endpoint and header.</summary>
    public string? Open(string endpoint, string name, string text)
    {
        var letters = text.AsSpan(Mark.Length);
        if (!Base64Url.IsValid(letters, out var length) || length < NonceBytes + TagBytes)
        {
            return null;
        }

        var box = Base64Url.DecodeFromChars(letters);
        var plain = new byte[box.Length - NonceBytes - TagBytes];
        using var cipher = new AesGcm(key, TagBytes);
        try
        {
            cipher.Decrypt(
                box.AsSpan(0, NonceBytes),
                box.AsSpan(NonceBytes + TagBytes),
                box.AsSpan(NonceBytes, TagBytes),
                plain,
                Bound(endpoint, name));
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] Bound(string endpoint, string name) =>
        Encoding.UTF8.GetBytes($"{endpoint}\n{name.ToLowerInvariant()}");
}
