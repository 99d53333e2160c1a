# What a restore's steps do in the namespace.
needed_rights() {
  may '' pods '' get list watch create patch delete
  may '' pods exec create
  may '' pods log get
  may '' configmaps '' get list watch create update patch delete
  may '' persistentvolumeclaims '' get
  may '' events '' list
  may apps statefulsets '' get list watch
  may apps statefulsets scale get update patch
  may apps deployments '' get list watch
  may apps deployments scale get update patch
  may apps daemonsets '' get list
  may policy poddisruptionbudgets '' get create delete
  may networking.k8s.io networkpolicies '' get list watch create patch delete
}
