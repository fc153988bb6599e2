// At the edge, before the cache (CloudFront Functions, cloudfront-js-2.0, viewer request): a directory's file is its
// index.html, and a directory that was asked for without its slash is at the address with it. No id of ours has a dot.
// Advisories are known whatever the case of their ids, which people read in capitals: their pages are in lower case.
function handler(event) {
  var request = event.request;
  var path = request.uri;
  var isFile = path.lastIndexOf('.') > path.lastIndexOf('/');
  var small = path.startsWith('/security/') ? path.toLowerCase() : path;
  if (small !== path) {
    return moved(small + (isFile || path.endsWith('/') ? '' : '/'));
  }
  if (path.endsWith('/')) {
    request.uri = path + 'index.html';
    return request;
  }
  return isFile ? request : moved(path + '/');
}

function moved(path) {
  return {
    statusCode: 301,
    statusDescription: 'Moved Permanently',
    // One slash at the start: two of them, or a backslash, would name another host.
    headers: { location: { value: '/' + path.replace(/^[/\\]+/, '') } },
  };
}
