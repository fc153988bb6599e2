// At the edge, before the cache (CloudFront Functions, cloudfront-js-2.0, viewer request): a directory's file is its
// index.html, and a directory that was asked for without its slash is at the address with it. No id of ours has a dot.
function handler(event) {
  var request = event.request;
  var path = request.uri;
  if (path.endsWith('/')) {
    request.uri = path + 'index.html';
    return request;
  }
  if (path.lastIndexOf('.') > path.lastIndexOf('/')) {
    return request;
  }
  return {
    statusCode: 301,
    statusDescription: 'Moved Permanently',
    // One slash at the start: two of them, or a backslash, would name another host.
    headers: { location: { value: '/' + path.replace(/^[/\\]+/, '') + '/' } },
  };
}
