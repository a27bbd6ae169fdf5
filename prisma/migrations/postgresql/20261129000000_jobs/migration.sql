-- AlterTable
ALTER TABLE "Operation" ADD COLUMN "cancelRequestedAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "OperationHost" ADD COLUMN "job" JSONB;
